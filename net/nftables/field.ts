/**
 * What a rule can look at, by nft's words for it: which expression loads it,
 * and which type it has.
 *
 * @module
 */
import type { Family } from "../address.ts";
import { align } from "../netlink/attribute.ts";
import { type Datatype, sizeOf } from "./datatype.ts";
import {
  ct,
  fibDaddrType,
  meta,
  NFT_CT,
  NFT_META,
  NFT_PAYLOAD,
  payload,
} from "./expression.ts";

interface FieldType {
  readonly type: Datatype;
  /** Only packets of this IP version have it. */
  readonly family?: Family;
  load(register: number): Uint8Array;
}

const FIELDS = {
  "iifname": loads("ifname", (to) => meta(NFT_META.IIFNAME, to)),
  "oifname": loads("ifname", (to) => meta(NFT_META.OIFNAME, to)),
  "iif": loads("iface_index", (to) => meta(NFT_META.IIF, to)),
  "meta protocol": loads("ether_type", (to) => meta(NFT_META.PROTOCOL, to)),
  "meta nfproto": loads("nf_proto", (to) => meta(NFT_META.NFPROTO, to)),
  "meta l4proto": loads("inet_proto", (to) => meta(NFT_META.L4PROTO, to)),
  "fib daddr type": loads("fib_addrtype", fibDaddrType),
  // struct iphdr, struct ipv6hdr; ports are where TCP, UDP and SCTP agree
  "ip saddr": header("ipv4_addr", NFT_PAYLOAD.NETWORK, 12, 4),
  "ip daddr": header("ipv4_addr", NFT_PAYLOAD.NETWORK, 16, 4),
  "ip6 saddr": header("ipv6_addr", NFT_PAYLOAD.NETWORK, 8, 6),
  "ip6 daddr": header("ipv6_addr", NFT_PAYLOAD.NETWORK, 24, 6),
  // struct ethhdr, which frames of a bridge have; struct arphdr for Ethernet and IPv4 (linux/if_arp.h)
  "ether saddr": header("ether_addr", NFT_PAYLOAD.LINK, 6),
  "arp saddr ether": header("ether_addr", NFT_PAYLOAD.NETWORK, 8),
  "arp saddr ip": header("ipv4_addr", NFT_PAYLOAD.NETWORK, 14),
  // struct icmp6hdr, and struct nd_msg, whose target old nft has no name for
  "icmpv6 type": header("icmpv6_type", NFT_PAYLOAD.TRANSPORT, 0),
  "icmpv6 taddr": header("ipv6_addr", NFT_PAYLOAD.TRANSPORT, 8),
  "th dport": header("inet_service", NFT_PAYLOAD.TRANSPORT, 2),
} as const satisfies Record<string, FieldType>;

/** One of the fields. */
export type Field = keyof typeof FIELDS;

/** What is known of a field. */
export function fieldType(field: Field): FieldType {
  return FIELDS[field];
}

/** Loads fields one behind the other, from the first register on. */
export function loadFields(fields: readonly Field[]): Uint8Array[] {
  let register = 0;
  return fields.map((field) => {
    const { type, load } = FIELDS[field];
    const expression = load(register);
    register += align(sizeOf(type)) / 4;
    return expression;
  });
}

/** Words for the states of connections, as bits that `ct state` has. */
export const CT_FLAGS = {
  // NF_CT_STATE_BIT of linux/netfilter/nf_conntrack_common.h
  "ct state": {
    key: NFT_CT.STATE,
    bits: { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 },
  },
  // enum ip_conntrack_status
  "ct status": {
    key: NFT_CT.STATUS,
    bits: { snat: 16, dnat: 32 },
  },
} as const;

/** Loads one of the fields that are bits. */
export function loadFlags(field: keyof typeof CT_FLAGS): Uint8Array {
  return ct(CT_FLAGS[field].key, 0);
}

function loads(type: Datatype, load: FieldType["load"]): FieldType {
  return { type, load };
}

function header(
  type: Datatype,
  base: number,
  offset: number,
  family?: Family,
): FieldType {
  return {
    type,
    load: (register) => payload(base, offset, sizeOf(type), register),
    ...(family && { family }),
  };
}
