/**
 * Sets without a name, which live and die with the rule that uses them.
 *
 * @module
 */
import { be32, nest, str } from "../netlink/attribute.ts";
import { NLM_F, type Request } from "../netlink/message.ts";
import { type Datatype, formatValue, type Value } from "./datatype.ts";
import { encodeElements, NFTA_SET_ELEM_LIST } from "./element.ts";
import { nftRequest } from "./message.ts";
import { encodeSetType, NFT_SET, NFTA_SET, NFTA_SET_DESC } from "./set.ts";

/** The name the kernel replaces with one of its own. */
export const ANONYMOUS = "__set%d";

/** A set that only one rule uses, and that has no name. */
export interface AnonymousSet {
  readonly table: string;
  readonly type: Datatype;
  readonly values: readonly Value[];
  /** What the rule finds it by; no other set of the transaction has it. */
  readonly id: number;
}

/** What a rule needs of `{ tcp, udp }`: to be sent in front of the rule. */
export function addAnonymousSet(set: AnonymousSet): Request[] {
  const { table, type, values, id } = set;
  const list = values.map((value) => formatValue(type, value)).join(", ");
  const what = `add the set { ${list} } to the table ${table}`;
  const elements = values.map((value) => ({ key: [value] }));
  return [
    nftRequest(
      what,
      "NEWSET",
      NLM_F.ACK | NLM_F.CREATE,
      ...encodeSetType(
        { table, name: ANONYMOUS, key: [type] },
        id,
        NFT_SET.ANONYMOUS | NFT_SET.CONSTANT,
      ),
      nest(NFTA_SET.DESC, be32(NFTA_SET_DESC.SIZE, values.length)),
    ),
    nftRequest(
      what,
      "NEWSETELEM",
      NLM_F.ACK | NLM_F.CREATE,
      str(NFTA_SET_ELEM_LIST.TABLE, table),
      str(NFTA_SET_ELEM_LIST.SET, ANONYMOUS),
      be32(NFTA_SET_ELEM_LIST.SET_ID, id),
      encodeElements({ key: [type] }, elements),
    ),
  ];
}
