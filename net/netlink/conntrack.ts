/**
 * Flows the kernel keeps track of, as `conntrack -L` shows and `conntrack -D`
 * forgets them.
 *
 * The kernel decides once for a flow where it goes. A datagram of a flow it
 * knows goes there even if the port is another container's by now.
 *
 * @module
 */
import {
  type Address,
  addressBytes,
  addressFromBytes,
  bitsOf,
  type Family,
  formatAddress,
} from "../address.ts";
import {
  attr,
  type Attributes,
  be16,
  be32,
  concat,
  MalformedMessageError,
  nest,
  NLA_F,
  u32,
  u8,
} from "./attribute.ts";
import { decodePayload, type Message, NLM_F, type Request } from "./message.ts";
import { afOf, familyOf } from "./rtm.ts";

const NFNL_SUBSYS_CTNETLINK = 1; // from linux/netfilter/nfnetlink.h
/** From enum cntl_msg_types of linux/netfilter/nfnetlink_conntrack.h. */
const IPCTNL_MSG_CT = { GET: 1, DELETE: 2 } as const;

/** Attributes, from the enums of linux/netfilter/nfnetlink_conntrack.h. */
const CTA = {
  TUPLE_ORIG: 1,
  TUPLE_REPLY: 2,
  STATUS: 3,
  ID: 12,
  ZONE: 18,
  FILTER: 25,
  STATUS_MASK: 26,
} as const;
const CTA_TUPLE = { IP: 1, PROTO: 2 } as const;
const CTA_IP = { V4_SRC: 1, V4_DST: 2, V6_SRC: 3, V6_DST: 4 } as const;
const CTA_PROTO = { NUM: 1, SRC_PORT: 2, DST_PORT: 3 } as const;
const CTA_FILTER = { ORIG_FLAGS: 1, REPLY_FLAGS: 2 } as const;

/** What of a tuple is looked at: net/netfilter/nf_internals.h of the kernel. */
const FILTER_F = {
  IP_SRC: 1,
  PROTO_NUM: 8,
  SRC_PORT: 16,
  DST_PORT: 32,
} as const;

/** From enum ip_conntrack_status of linux/netfilter/nf_conntrack_common.h. */
const IPS = { SRC_NAT: 0x10, DST_NAT: 0x20 } as const;

/** Transport protocols that rkl publishes, from linux/in.h. */
export const FLOW_PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 } as const;

/** A protocol by its name. */
export type FlowProtocol = keyof typeof FLOW_PROTOCOLS;

/** Addresses and ports of one direction of a flow. */
export interface Tuple {
  readonly source: Address;
  readonly destination: Address;
  /** A number of linux/in.h. */
  readonly protocol: number;
  /** Those of a protocol that has ports. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** A flow. */
export interface Flow {
  /** As its first packet came. */
  readonly original: Tuple;
  /** As answers come, before they are rewritten. */
  readonly reply: Tuple;
  /** It was led to another address than the one it was sent to. */
  readonly dnat: boolean;
  /** It was given another source. */
  readonly snat: boolean;
  /** Names it in a deletion, so that none is meant that came after it. */
  readonly key: Uint8Array;
}

/** Which flows a list has. */
export interface FlowFilter {
  readonly family: Family;
  readonly protocol: FlowProtocol;
  /** Where answers come from. Of IPv4: see {@linkcode listFlows}. */
  readonly answeredBy?: Address;
  /** The port the first packet was sent to. */
  readonly port?: number;
}

/** A port of the host that leads to a container's. */
export interface LedPort {
  readonly protocol: FlowProtocol;
  readonly hostPort: number;
  /** The container's address. */
  readonly address: Address;
  /** The container's port. */
  readonly port: number;
}

/**
 * `conntrack -L`; for a dump. The kernel leaves out what the filter does not
 * name; before 5.8 nothing, and of SCTP no port, so look at what comes.
 *
 * @throws {RangeError} for an address of IPv6, which kernels (6.18 too) compare
 * the wrong way round: all flows but those wanted would come
 */
export function listFlows(filter: FlowFilter): Request {
  const { family, protocol, answeredBy, port } = filter;
  const parts = filterParts({
    protocol,
    ...(answeredBy && { replySource: answeredBy }),
    ...(port !== undefined && { hostPort: port }),
  });
  return request(`list the flows of ${protocol}`, "GET", 0, family, parts);
}

/**
 * Reads an answer to {@linkcode listFlows}.
 *
 * @throws {MalformedMessageError}
 */
export function decodeFlow(message: Message): Flow {
  const { header, attrs } = decodePayload(message, 4);
  const family = familyOf(header.getUint8(0));
  const status = attrs.be32(CTA.STATUS) ?? 0;
  const original = attrs.bytes(CTA.TUPLE_ORIG) ?? new Uint8Array(0);
  return {
    original: decodeTuple(attrs.nested(CTA.TUPLE_ORIG), family),
    reply: decodeTuple(attrs.nested(CTA.TUPLE_REPLY), family),
    dnat: (status & IPS.DST_NAT) !== 0,
    snat: (status & IPS.SRC_NAT) !== 0,
    key: concat(
      attr(CTA.TUPLE_ORIG | NLA_F.NESTED, original),
      copy(CTA.ZONE, attrs),
      copy(CTA.ID, attrs),
    ),
  };
}

/** `conntrack -D` of just one; refused with ENOENT when it is gone already. */
export function deleteFlow({ original, key }: Flow): Request {
  const to = formatAddress(original.destination);
  const { family } = original.destination;
  return request(`forget a flow to ${to}`, "DELETE", NLM_F.ACK, family, key);
}

/**
 * Has the kernel forget all flows a container's address answers to, in one
 * message that needs no look at its answer; from Linux 6.12 on. An older kernel
 * takes the tuple for that of one flow, finds it incomplete, and refuses the
 * message with EINVAL: it never forgets all there are.
 *
 * @throws {RangeError} for IPv6, as {@linkcode listFlows}; there is
 * {@linkcode forgetPort}
 */
export function forgetAddress(
  address: Address,
  protocol?: FlowProtocol,
): Request {
  return request(
    `forget the flows to ${formatAddress(address)}`,
    "DELETE",
    0,
    address.family,
    filterParts({ replySource: address, ...(protocol && { protocol }) }),
  );
}

/**
 * The same for the flows of a published port, of either IP version. In IPv6
 * they are told by both ports and by having been led elsewhere.
 */
export function forgetPort(port: LedPort): Request {
  const { protocol, hostPort, address } = port;
  return request(
    `forget the flows to ${hostPort}/${protocol}`,
    "DELETE",
    0,
    address.family,
    be32(CTA.STATUS, IPS.DST_NAT),
    be32(CTA.STATUS_MASK, IPS.DST_NAT),
    filterParts({
      protocol,
      hostPort,
      replyPort: port.port,
      ...(address.family === 4 && { replySource: address }),
    }),
  );
}

interface FilterParts {
  readonly protocol?: FlowProtocol;
  readonly replySource?: Address;
  readonly hostPort?: number;
  readonly replyPort?: number;
}

/**
 * Both tuples, each with just what is given, and which parts that are. The
 * kernel wants the protocol beside a port.
 */
function filterParts(parts: FilterParts): Uint8Array {
  const { protocol, replySource, hostPort, replyPort } = parts;
  if (replySource?.family === 6) {
    throw new RangeError(
      `cannot ask for flows by ${formatAddress(replySource)}: the kernel ` +
        "compares addresses of IPv6 the wrong way round",
    );
  }
  const number = protocol === undefined
    ? concat()
    : u8(CTA_PROTO.NUM, FLOW_PROTOCOLS[protocol]);
  const original = hostPort === undefined ? concat() : nest(
    CTA.TUPLE_ORIG,
    nest(CTA_TUPLE.PROTO, number, be16(CTA_PROTO.DST_PORT, hostPort)),
  );
  const ip = replySource === undefined ? concat() : nest(
    CTA_TUPLE.IP,
    attr(CTA_IP.V4_SRC, addressBytes(replySource)),
  );
  const proto = nest(
    CTA_TUPLE.PROTO,
    number,
    replyPort === undefined ? concat() : be16(CTA_PROTO.SRC_PORT, replyPort),
  );
  const originalFlags = hostPort === undefined
    ? 0
    : FILTER_F.PROTO_NUM | FILTER_F.DST_PORT;
  const replyFlags = (replySource ? FILTER_F.IP_SRC : 0) |
    (protocol === undefined ? 0 : FILTER_F.PROTO_NUM) |
    (replyPort === undefined ? 0 : FILTER_F.SRC_PORT);
  return concat(
    original,
    nest(CTA.TUPLE_REPLY, ip, proto),
    nest(
      CTA.FILTER,
      u32(CTA_FILTER.ORIG_FLAGS, originalFlags),
      u32(CTA_FILTER.REPLY_FLAGS, replyFlags),
    ),
  );
}

function decodeTuple(tuple: Attributes | undefined, family: Family): Tuple {
  const ip = tuple?.nested(CTA_TUPLE.IP);
  const proto = tuple?.nested(CTA_TUPLE.PROTO);
  const address = (type: number): Address => {
    const bytes = ip?.bytes(type);
    if (bytes?.length === bitsOf(family) / 8) return addressFromBytes(bytes);
    throw new MalformedMessageError("a flow", "has an address of wrong length");
  };
  const [source, destination] = family === 4
    ? [CTA_IP.V4_SRC, CTA_IP.V4_DST]
    : [CTA_IP.V6_SRC, CTA_IP.V6_DST];
  const sourcePort = proto?.be16(CTA_PROTO.SRC_PORT);
  const destinationPort = proto?.be16(CTA_PROTO.DST_PORT);
  return {
    source: address(source),
    destination: address(destination),
    protocol: proto?.u8(CTA_PROTO.NUM) ?? 0,
    ...(sourcePort !== undefined && { sourcePort }),
    ...(destinationPort !== undefined && { destinationPort }),
  };
}

/** An attribute as it came, if it did. */
function copy(type: number, attrs: Attributes): Uint8Array {
  const bytes = attrs.bytes(type);
  return bytes ? attr(type, bytes) : concat();
}

function request(
  what: string,
  type: keyof typeof IPCTNL_MSG_CT,
  flags: number,
  family: Family,
  ...attrs: Uint8Array[]
): Request {
  // struct nfgenmsg { u8 family; u8 version; be16 res_id; }
  const header = Uint8Array.of(afOf(family), 0, 0, 0);
  return {
    what,
    type: NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT[type],
    flags,
    body: concat(header, ...attrs),
  };
}
