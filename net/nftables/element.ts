/**
 * What sets and maps hold, as `nft list set` shows it.
 *
 * @module
 */
import {
  attr,
  type Attributes,
  concat,
  nest,
  str,
} from "../netlink/attribute.ts";
import {
  decodePayload,
  type Message,
  NLM_F,
  type Request,
} from "../netlink/message.ts";
import { decodeAll, encodeAll, formatValues, type Value } from "./datatype.ts";
import {
  comment,
  decodeComment,
  NFGENMSG,
  NFTA_DATA,
  NFTA_LIST_ELEM,
  nftRequest,
} from "./message.ts";
import { kindOf, type SetType } from "./set.ts";

/** From enum nft_set_elem_list_attributes. */
export const NFTA_SET_ELEM_LIST = {
  TABLE: 1,
  SET: 2,
  ELEMENTS: 3,
  SET_ID: 4,
} as const;

/** From enum nft_set_elem_attributes. */
const NFTA_SET_ELEM = { KEY: 1, DATA: 2, USERDATA: 6, KEY_END: 10 } as const;

/** What a set or a map holds. */
export interface Element {
  readonly key: readonly Value[];
  /** What a map has for the key. */
  readonly value?: readonly Value[];
  /** A note for people. */
  readonly comment?: string;
}

/**
 * How many elements fit one message, whatever they hold: the list of them is
 * one attribute, of 64 KiB at most.
 */
const MOST_ELEMENTS = 150;

/**
 * `nft create element inet TABLE SET { … }`; refused with EEXIST when one is
 * there already.
 */
export function addElements(
  set: SetType,
  elements: readonly Element[],
): Request[] {
  const flags = NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL;
  return changeElements("add", "to", "NEWSETELEM", flags, set, elements);
}

/** `nft delete element …`; refused with ENOENT when one is not there. */
export function deleteElements(
  set: SetType,
  elements: readonly Element[],
): Request[] {
  const keys = elements.map(({ key }) => ({ key }));
  const flags = NLM_F.ACK;
  return changeElements("delete", "from", "DELSETELEM", flags, set, keys);
}

/** `nft get element …`; refused with ENOENT when it is not there. */
export function getElement(set: SetType, { key }: Element): Request {
  return nftRequest(
    `look for ${describe(set, [{ key }])} in the ${kindOf(set)} ${set.name} ` +
      `of the table ${set.table}`,
    "GETSETELEM",
    NLM_F.ACK,
    str(NFTA_SET_ELEM_LIST.TABLE, set.table),
    str(NFTA_SET_ELEM_LIST.SET, set.name),
    encodeElements(set, [{ key }]),
  );
}

/** `nft list set inet TABLE NAME`; for a dump. */
export function listElements({ table, name }: SetType): Request {
  return nftRequest(
    `list the elements of ${name} of the table ${table}`,
    "GETSETELEM",
    0,
    str(NFTA_SET_ELEM_LIST.TABLE, table),
    str(NFTA_SET_ELEM_LIST.SET, name),
  );
}

/**
 * Reads a message of type NEWSETELEM or DELSETELEM. What has not the types of
 * the set is left out: it belongs to another set of that name.
 *
 * @throws {MalformedMessageError}
 */
export function decodeElements(set: SetType, message: Message): Element[] {
  const { attrs } = decodePayload(message, NFGENMSG);
  const list = attrs.nested(NFTA_SET_ELEM_LIST.ELEMENTS);
  return (list?.list(NFTA_LIST_ELEM) ?? [])
    .map((element) => decodeElement(set, element))
    .filter((element) => element !== undefined);
}

/** An element in nft's words. */
export function formatElement(set: SetType, element: Element): string {
  const { key, value, comment } = element;
  return formatValues(set.key, key) +
    (comment === undefined ? "" : ` comment ${JSON.stringify(comment)}`) +
    (set.value && value ? ` : ${formatValues(set.value, value)}` : "");
}

function changeElements(
  verb: string,
  preposition: string,
  type: "NEWSETELEM" | "DELSETELEM",
  flags: number,
  set: SetType,
  elements: readonly Element[],
): Request[] {
  return chunks(elements, MOST_ELEMENTS).map((some) =>
    nftRequest(
      `${verb} ${describe(set, some)} ${preposition} the ${kindOf(set)} ` +
        `${set.name} of the table ${set.table}`,
      type,
      flags,
      str(NFTA_SET_ELEM_LIST.TABLE, set.table),
      str(NFTA_SET_ELEM_LIST.SET, set.name),
      encodeElements(set, some),
    )
  );
}

/** The list of elements, as a message has it. */
export function encodeElements(
  set: Pick<SetType, "key" | "value" | "interval">,
  elements: readonly Element[],
): Uint8Array {
  return nest(
    NFTA_SET_ELEM_LIST.ELEMENTS,
    ...elements.map(({ key, value, comment: note }) => {
      const { first, last } = encodeAll(set.key, key);
      return nest(
        NFTA_LIST_ELEM,
        nest(NFTA_SET_ELEM.KEY, attr(NFTA_DATA.VALUE, first)),
        set.interval
          ? nest(NFTA_SET_ELEM.KEY_END, attr(NFTA_DATA.VALUE, last))
          : concat(),
        set.value && value
          ? nest(
            NFTA_SET_ELEM.DATA,
            attr(NFTA_DATA.VALUE, encodeAll(set.value, value).first),
          )
          : concat(),
        note === undefined ? concat() : comment(NFTA_SET_ELEM.USERDATA, note),
      );
    }),
  );
}

function decodeElement(
  { key, value }: SetType,
  element: Attributes,
): Element | undefined {
  const read = (type: number) => element.nested(type)?.bytes(NFTA_DATA.VALUE);
  const first = read(NFTA_SET_ELEM.KEY);
  if (!first) return undefined;
  const last = read(NFTA_SET_ELEM.KEY_END) ?? first;
  const keys = decodeAll(key, { first, last });
  const data = read(NFTA_SET_ELEM.DATA);
  const values = value && data &&
    decodeAll(value, { first: data, last: data });
  if (!keys || (value && !values)) return undefined;
  const note = decodeComment(element.bytes(NFTA_SET_ELEM.USERDATA));
  return {
    key: keys,
    ...(values && { value: values }),
    ...(note !== undefined && { comment: note }),
  };
}

function describe(set: SetType, elements: readonly Element[]): string {
  const [only, ...others] = elements;
  if (only && others.length === 0) {
    return `the element ${formatElement(set, only)}`;
  }
  return `${elements.length} elements`;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, i) => items.slice(i * size, (i + 1) * size),
  );
}
