/**
 * Tables whose rules never change and whose sets have elements of many owners,
 * each named by the element's note. A table comes with its first element and
 * goes with its last.
 *
 * @module
 */
import { hasCode, unlessMissing } from "../netlink/errors.ts";
import type { Request } from "../netlink/message.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { addChain, type Chain } from "./chain.ts";
import {
  addElements,
  decodeElements,
  deleteElements,
  type Element,
  getElement,
  listElements,
} from "./element.ts";
import { changeAsRead } from "./generation.ts";
import { ofFamily } from "./message.ts";
import { addRule, type Statement } from "./rule.ts";
import { addSet, type SetType } from "./set.ts";
import { addTable, decodeTable, deleteTable, getTable } from "./table.ts";

/** A table as it is made. */
export interface OwnedTable {
  /** Which packets it has: those that are routed, or frames on bridges. */
  readonly family: "inet" | "bridge";
  readonly name: string;
  /** The note on it; it changes when the rules do. */
  readonly version: string;
  readonly sets: readonly SetType[];
  readonly chains: readonly OwnedChain[];
}

/** A chain with its rules: a note for people, and statements. */
export interface OwnedChain extends Omit<Chain, "table"> {
  readonly rules: readonly (readonly [string, ...Statement[]])[];
}

/** An element, and the set it is in. Its note names its owner. */
export interface OwnedElement extends Element {
  readonly set: SetType;
}

/**
 * Adds elements, instead of those that have the same first value in the key.
 *
 * @throws {NetlinkError}
 */
export function putElements(
  socket: NetlinkSocket,
  table: OwnedTable,
  elements: readonly OwnedElement[],
): void {
  const firstOf = ({ set, key }: OwnedElement) =>
    JSON.stringify(
      [set.name, key[0]],
      (_, value) => typeof value === "bigint" ? `${value}` : value,
    );
  const taken = new Set(elements.map(firstOf));
  changeAsRead(socket, () => {
    const state = look(socket, table);
    if (state === "whole" && areNew(socket, table, elements)) {
      return meaning(table, elements.flatMap(added));
    }
    const there = state === "missing" ? [] : readAll(socket, table);
    const isReplaced = (one: OwnedElement) => taken.has(firstOf(one));
    if (state === "whole") {
      return meaning(table, [
        ...there.filter(isReplaced).flatMap(deleted),
        ...elements.flatMap(added),
      ]);
    }
    const kept = there.filter((one) => !isReplaced(one));
    return meaning(table, [
      ...(state === "other" ? [deleteTable(table.name)] : []),
      ...planTable(table),
      ...[...kept, ...elements].flatMap(added),
    ]);
  });
}

/**
 * Removes the elements of those owners whom `isGone` tells by their notes, and
 * the table with the last one.
 *
 * @throws {NetlinkError}
 */
export function dropElements(
  socket: NetlinkSocket,
  table: OwnedTable,
  isGone: (owner: string) => boolean,
): void {
  changeAsRead(socket, () => {
    if (look(socket, table) === "missing") return [];
    const all = readAll(socket, table);
    const gone = all.filter(({ comment }) => isGone(comment ?? ""));
    if (gone.length === 0 && all.length > 0) return [];
    return meaning(
      table,
      gone.length === all.length
        ? [deleteTable(table.name)]
        : gone.flatMap(deleted),
    );
  });
}

/** Whether all of these elements are there, with their owners' notes. */
export function hasElements(
  socket: NetlinkSocket,
  table: OwnedTable,
  elements: readonly OwnedElement[],
): boolean {
  const found = lookFor(socket, table, elements);
  return elements.every(({ comment }, i) => found[i]?.comment === comment);
}

/** The requests that make a table without elements. */
function planTable({ name, version, sets, chains }: OwnedTable): Request[] {
  return [
    addTable({ name, comment: version }),
    ...sets.map((set, i) => addSet(set, i + 1)),
    ...chains.flatMap((chain) => [
      addChain({ table: name, ...chain }),
      ...chain.rules.flatMap(([comment, ...statements]) =>
        addRule({ table: name, chain: chain.name, statements, comment }, 0)
      ),
    ]),
  ];
}

/** Builders make requests for `inet`; this has them mean the table's family. */
function meaning(
  { family }: OwnedTable,
  requests: readonly Request[],
): Request[] {
  return requests.map((request) => ofFamily(request, family));
}

function look(
  socket: NetlinkSocket,
  table: OwnedTable,
): "whole" | "other" | "missing" {
  const [found] = unlessMissing(() =>
    meaning(table, [getTable(table.name)])
      .flatMap((request) => socket.request(request)).map(decodeTable)
  ) ?? [];
  if (!found) return "missing";
  // Kernels before 5.10 forget the note.
  return (found.comment ?? table.version) === table.version ? "whole" : "other";
}

/** All elements; a set of another version may be missing. */
function readAll(socket: NetlinkSocket, table: OwnedTable): OwnedElement[] {
  return table.sets.flatMap((set) => {
    const [request] = meaning(table, [listElements(set)]);
    const messages = unlessMissing(() => socket.dump(request!)) ?? [];
    return messages.flatMap((message) => decodeElements(set, message))
      .map((element) => ({ ...element, set }));
  });
}

/** Whether none of these keys is there. */
function areNew(
  socket: NetlinkSocket,
  table: OwnedTable,
  elements: readonly OwnedElement[],
): boolean {
  const outcomes = lookFor(socket, table, elements);
  return outcomes.every((found) => found === undefined);
}

function lookFor(
  socket: NetlinkSocket,
  table: OwnedTable,
  elements: readonly OwnedElement[],
): (Element | undefined)[] {
  const requests = elements.map((one) => getElement(one.set, one));
  return socket.tryBatch(meaning(table, requests)).map((outcome, i) => {
    if (hasCode(outcome, "ENOENT")) return undefined;
    if (outcome instanceof Error) throw outcome;
    const { set } = elements[i]!;
    return outcome.flatMap((message) => decodeElements(set, message))[0];
  });
}

function added({ set, ...element }: OwnedElement): Request[] {
  return addElements(set, [element]);
}

function deleted({ set, ...element }: OwnedElement): Request[] {
  return deleteElements(set, [element]);
}
