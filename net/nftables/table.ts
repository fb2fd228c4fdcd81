/**
 * Tables, as `nft list tables` shows them. Those made here are of the family
 * `inet`, which has the packets of IPv4 and of IPv6.
 *
 * @module
 */
import { be32, concat, str } from "../netlink/attribute.ts";
import {
  decodePayload,
  type Message,
  NLM_F,
  type Request,
} from "../netlink/message.ts";
import {
  comment,
  decodeComment,
  familyOf,
  NFGENMSG,
  nftList,
  nftRequest,
  type TableFamily,
} from "./message.ts";

/** From enum nft_table_attributes. */
const NFTA_TABLE = { NAME: 1, FLAGS: 2, HANDLE: 4, USERDATA: 6 } as const;

/** A table. */
export interface Table {
  readonly name: string;
  /** A note for people; kernels before 5.10 forget it. */
  readonly comment?: string;
}

/** A table as the kernel tells of it. */
export interface ListedTable extends Table {
  readonly family: TableFamily;
}

/** `nft add table inet NAME`; one that exists stays as it is. */
export function addTable(table: Table): Request {
  return nftRequest(
    `add the table ${table.name}`,
    "NEWTABLE",
    NLM_F.ACK | NLM_F.CREATE,
    str(NFTA_TABLE.NAME, table.name),
    be32(NFTA_TABLE.FLAGS, 0),
    table.comment === undefined
      ? concat()
      : comment(NFTA_TABLE.USERDATA, table.comment),
  );
}

/** `nft delete table inet NAME`, with all that is in it. */
export function deleteTable(name: string): Request {
  return nftRequest(
    `delete the table ${name}`,
    "DELTABLE",
    NLM_F.ACK,
    str(NFTA_TABLE.NAME, name),
  );
}

/** Asks for one table; refused with ENOENT when there is none. */
export function getTable(name: string): Request {
  return nftRequest(
    `look at the table ${name}`,
    "GETTABLE",
    NLM_F.ACK,
    str(NFTA_TABLE.NAME, name),
  );
}

/** `nft list tables`, of all families; for a dump. */
export function listTables(): Request {
  return nftList("list the tables", "GETTABLE");
}

/**
 * Reads a message of type NEWTABLE or DELTABLE.
 *
 * @throws {MalformedMessageError}
 */
export function decodeTable(message: Message): ListedTable {
  const { header, attrs } = decodePayload(message, NFGENMSG);
  const note = decodeComment(attrs.bytes(NFTA_TABLE.USERDATA));
  return {
    family: familyOf(header),
    name: attrs.string(NFTA_TABLE.NAME) ?? "",
    ...(note !== undefined && { comment: note }),
  };
}
