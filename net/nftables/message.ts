/**
 * What all messages to nf_tables share: their header, their types, and the
 * transaction they are sent in.
 *
 * @module
 */
import { attr, concat } from "../netlink/attribute.ts";
import { NLM_F, type Request } from "../netlink/message.ts";

/** Families of tables, from linux/netfilter.h. */
export const NFPROTO = {
  UNSPEC: 0,
  INET: 1,
  IPV4: 2,
  BRIDGE: 7,
  IPV6: 10,
} as const;

/** Families of tables by their names in nft. */
const FAMILIES = new Map(
  [
    [NFPROTO.INET as number, "inet"],
    [NFPROTO.IPV4, "ip"],
    [NFPROTO.IPV6, "ip6"],
    [NFPROTO.BRIDGE, "bridge"],
    [3, "arp"],
    [5, "netdev"],
  ] as const,
);

/** A family by its name in nft. */
export type TableFamily =
  | (typeof FAMILIES extends Map<number, infer F> ? F : never)
  | "unknown";

/** Types of messages, from enum nf_tables_msg_types. */
export const NFT_MSG = {
  NEWTABLE: 0,
  GETTABLE: 1,
  DELTABLE: 2,
  NEWCHAIN: 3,
  GETCHAIN: 4,
  NEWRULE: 6,
  GETRULE: 7,
  DELRULE: 8,
  NEWSET: 9,
  GETSET: 10,
  NEWSETELEM: 12,
  GETSETELEM: 13,
  DELSETELEM: 14,
  GETGEN: 16,
} as const;

/** What a list of attributes is made of, from enum nft_list_attributes. */
export const NFTA_LIST_ELEM = 1;

/** Attributes of a value, from enum nft_data_attributes. */
export const NFTA_DATA = { VALUE: 1, VERDICT: 2 } as const;

/** The size of {@linkcode nfgenmsg}. */
export const NFGENMSG = 4;

const NFNL_SUBSYS_NFTABLES = 10; // from linux/netfilter/nfnetlink.h
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;

/** A request to nf_tables about a table of the family `inet`. */
export function nftRequest(
  what: string,
  type: keyof typeof NFT_MSG,
  flags: number,
  ...attrs: Uint8Array[]
): Request {
  return {
    what,
    type: NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG[type],
    flags,
    body: concat(nfgenmsg(NFPROTO.INET), ...attrs),
  };
}

/** The same request about a table of the family `bridge`, which has frames. */
export function ofBridge(request: Request): Request {
  const body = request.body.slice();
  body[0] = NFPROTO.BRIDGE; // struct nfgenmsg
  return { ...request, body };
}

/** A request for a list of the tables, chains … of all families. */
export function nftList(
  what: string,
  type: "GETTABLE" | "GETCHAIN",
): Request {
  const body = nfgenmsg(NFPROTO.UNSPEC);
  return {
    what,
    type: NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG[type],
    flags: 0,
    body,
  };
}

/** The family of the table that a received message is about. */
export function familyOf(header: DataView): TableFamily {
  return FAMILIES.get(header.getUint8(0)) ?? "unknown";
}

/** The same request about a table of another family. */
export function ofFamily(request: Request, family: TableFamily): Request {
  const [number] = [...FAMILIES].find(([, name]) => name === family) ?? [];
  const body = request.body.slice();
  body[0] = number ?? NFPROTO.UNSPEC; // struct nfgenmsg { u8 nfgen_family; … }
  return { ...request, body };
}

/** Which of {@linkcode NFT_MSG} a received message is. */
export function nftType(type: number): number | undefined {
  return type >> 8 === NFNL_SUBSYS_NFTABLES ? type & 0xff : undefined;
}

/**
 * Puts requests into one transaction: all are carried out, or none. One
 * acknowledgement is asked for, of the last; errors come unasked.
 */
export function transaction(requests: readonly Request[]): Request[] {
  const last = requests.length - 1;
  return [
    batchMark("begin a transaction of nf_tables", NFNL_MSG_BATCH_BEGIN),
    ...requests.map((request, i) => ({
      ...request,
      flags: request.flags & ~NLM_F.ACK | (i === last ? NLM_F.ACK : 0),
    })),
    batchMark("commit a transaction of nf_tables", NFNL_MSG_BATCH_END),
  ];
}

/**
 * A note for people, as nft shows it. Tables, rules and elements all have
 * type 0 for it (libnftnl/udata.h).
 *
 * @throws {RangeError} for more than the 128 bytes nft reads, NUL included
 */
export function comment(type: number, text: string): Uint8Array {
  // struct nftnl_udata { u8 type; u8 len; u8 value[]; }
  const value = new TextEncoder().encode(text + "\0");
  if (value.length > 128) {
    throw new RangeError(
      `the comment ${JSON.stringify(text)} has ${value.length - 1} bytes, ` +
        "127 are allowed",
    );
  }
  return attr(type, concat(Uint8Array.of(0, value.length), value));
}

/** The note among user data, if there is one. */
export function decodeComment(
  userdata: Uint8Array | undefined,
): string | undefined {
  for (let rest = userdata; rest && rest.length >= 2;) {
    const [type, length] = rest as unknown as [number, number];
    if (type === 0) {
      const value = rest.subarray(2, 2 + length);
      return new TextDecoder().decode(value).replace(/\0.*$/s, "");
    }
    rest = rest.subarray(2 + length);
  }
  return undefined;
}

function batchMark(what: string, type: number): Request {
  return {
    what,
    type,
    flags: 0,
    body: nfgenmsg(NFPROTO.UNSPEC, NFNL_SUBSYS_NFTABLES),
  };
}

function nfgenmsg(family: number, resource = 0): Uint8Array {
  // struct nfgenmsg { u8 family; u8 version; be16 res_id; }
  return Uint8Array.of(family, 0, resource >> 8, resource & 0xff);
}
