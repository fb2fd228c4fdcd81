/**
 * Sets and maps, as `nft list sets` and `nft list maps` show them. Keys and a
 * map's values may be of several parts.
 *
 * @module
 */
import { attr, be32, concat, nest, str } from "../netlink/attribute.ts";
import {
  decodePayload,
  type Message,
  NLM_F,
  type Request,
} from "../netlink/message.ts";
import { type Datatype, sizeOf, sizeOfAll, typeIdOf } from "./datatype.ts";
import { NFGENMSG, NFTA_LIST_ELEM, nftRequest } from "./message.ts";

/** From enum nft_set_attributes. */
export const NFTA_SET = {
  TABLE: 1,
  NAME: 2,
  FLAGS: 3,
  KEY_TYPE: 4,
  KEY_LEN: 5,
  DATA_TYPE: 6,
  DATA_LEN: 7,
  DESC: 9,
  ID: 10,
  USERDATA: 13,
} as const;

/** From enum nft_set_flags. */
export const NFT_SET = {
  ANONYMOUS: 1,
  CONSTANT: 2,
  INTERVAL: 4,
  MAP: 8,
  CONCAT: 0x80,
} as const;

/** From enum nft_set_desc_attributes. */
export const NFTA_SET_DESC = { SIZE: 1, CONCAT: 2 } as const;
const NFTA_SET_FIELD_LEN = 1; // from enum nft_set_field_attributes

/** NFTNL_UDATA_SET_KEYBYTEORDER and BYTEORDER_HOST_ENDIAN, of nftables. */
const HOST_ORDER = Uint8Array.of(0, 4, 1, 0, 0, 0);

/** A set or, with `value`, a map. */
export interface SetType {
  readonly table: string;
  readonly name: string;
  /** What a key is made of. */
  readonly key: readonly Datatype[];
  /** What a map has for each key. */
  readonly value?: readonly Datatype[];
  /** Keys, of several parts, may have prefixes among these; takes Linux 5.6. */
  readonly interval?: boolean;
}

/**
 * `nft add set|map inet TABLE NAME { type KEY : VALUE; flags …; }`. The id is
 * one that no other set of the transaction has.
 *
 * @throws {RangeError} for intervals of one part
 */
export function addSet(set: SetType, id: number): Request {
  const { table, name, key, value, interval } = set;
  if (interval && key.length === 1) {
    // The kernel wants the two ends of a range as two elements there.
    throw new RangeError(`${name}: intervals take keys of several parts`);
  }
  const flags = (value ? NFT_SET.MAP : 0) |
    (interval ? NFT_SET.INTERVAL | NFT_SET.CONCAT : 0);
  return nftRequest(
    `add the ${kindOf(set)} ${name} to the table ${table}`,
    "NEWSET",
    NLM_F.ACK | NLM_F.CREATE,
    ...encodeSetType(set, id, flags),
    interval
      ? nest(
        NFTA_SET.DESC,
        nest(
          NFTA_SET_DESC.CONCAT,
          ...key.map((type) =>
            nest(NFTA_LIST_ELEM, be32(NFTA_SET_FIELD_LEN, sizeOf(type)))
          ),
        ),
      )
      : concat(),
  );
}

/** `nft list sets`; for a dump. */
export function listSets(table: string): Request {
  return nftRequest(
    `list the sets of the table ${table}`,
    "GETSET",
    0,
    str(NFTA_SET.TABLE, table),
  );
}

/**
 * The table and the name of a set, from a message of type NEWSET.
 *
 * @throws {MalformedMessageError}
 */
export function decodeSet(message: Message): { table: string; name: string } {
  const { attrs } = decodePayload(message, NFGENMSG);
  return {
    table: attrs.string(NFTA_SET.TABLE) ?? "",
    name: attrs.string(NFTA_SET.NAME) ?? "",
  };
}

/** What a set is called. */
export function kindOf({ value }: SetType): string {
  return value ? "map" : "set";
}

/** The attributes that every set has. */
export function encodeSetType(
  { table, name, key, value }: SetType,
  id: number,
  flags: number,
): Uint8Array[] {
  return [
    str(NFTA_SET.TABLE, table),
    str(NFTA_SET.NAME, name),
    be32(NFTA_SET.FLAGS, flags),
    be32(NFTA_SET.KEY_TYPE, typeIdOf(key)),
    be32(NFTA_SET.KEY_LEN, sizeOfAll(key)),
    value ? be32(NFTA_SET.DATA_TYPE, typeIdOf(value)) : concat(),
    value ? be32(NFTA_SET.DATA_LEN, sizeOfAll(value)) : concat(),
    be32(NFTA_SET.ID, id),
    // nft reads a lone one backwards unless it is told the order of bytes.
    key.length === 1 && ["ifname", "iface_index"].includes(key[0]!)
      ? attr(NFTA_SET.USERDATA, HOST_ORDER)
      : concat(),
  ];
}
