/**
 * rkl's table in the kernel: changed, read and removed, each in one transaction,
 * so that no packet meets half of a change. `install.ts` puts it there.
 *
 * The functions take a socket of the family NETFILTER, which belongs to the
 * network namespace that is meant. Who changes the table holds rkl's lock.
 *
 * @module
 */
import { hasCode, unlessMissing } from "../netlink/errors.ts";
import type { Request } from "../netlink/message.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import {
  checkPort,
  type Description,
  formatPort,
  type NetworkRules,
  type PublishedPort,
  samePort,
} from "./description.ts";
import { describe } from "./describe.ts";
import { transaction } from "./message.ts";
import {
  type Elements,
  mergeElements,
  networkElements,
  portElements,
  SETS,
  TABLE,
} from "./contents.ts";
import {
  addElements,
  decodeElements,
  deleteElements,
  getElement,
  listElements,
} from "./element.ts";
import { decodeTable, deleteTable, getTable } from "./table.ts";

/** What the kernel has of rkl's table. */
export interface Installed extends Description {
  /** The note on the table; other rules have another one. */
  readonly version?: string;
}

/** A port that leads to another container already. */
export class PortTakenError extends Error {
  /** Tells it from other errors. */
  override readonly name = "PortTakenError";

  /** Says who has it. */
  constructor(
    /** What was asked for. */
    readonly port: PublishedPort,
    /** Who has it. */
    readonly owner: string,
  ) {
    super(`cannot publish ${formatPort(port)}: ${owner} has that port`);
  }
}

/** Removes the table. Returns whether there was one. */
export function removeRuleset(socket: NetlinkSocket): boolean {
  return unlessMissing(() => {
    commit(socket, [deleteTable(TABLE)]);
    return true;
  }) ?? false;
}

/**
 * Adds networks to the table.
 *
 * @throws {NetlinkError} ENOENT when the table is missing, EEXIST when a
 * network is there already
 */
export function addNetworks(
  socket: NetlinkSocket,
  networks: readonly NetworkRules[],
): void {
  change(socket, addElements, networks.flatMap(networkElements));
}

/** Removes networks by their bridges, those of them that are there. */
export function removeNetworks(
  socket: NetlinkSocket,
  bridges: readonly string[],
): void {
  const gone = readRuleset(socket)?.networks
    .filter(({ bridge }) => bridges.includes(bridge)) ?? [];
  change(socket, deleteElements, gone.flatMap(networkElements));
}

/**
 * Publishes ports.
 *
 * @throws {InvalidPortError}
 * @throws {PortTakenError}
 * @throws {NetlinkError} ENOENT when the table is missing
 */
export function addPorts(
  socket: NetlinkSocket,
  ports: readonly PublishedPort[],
): void {
  const elements = ports.flatMap((port) => portElements(checkPort(port)));
  try {
    change(socket, addElements, elements);
  } catch (error) {
    // A key that is there, or a prefix that has some of one that is.
    if (!hasCode(error, "EEXIST", "ENOTEMPTY")) throw error;
    const taken = readRuleset(socket)?.ports ?? [];
    for (const port of ports) {
      const other = taken.find((one) => samePort(one, port));
      if (other) throw new PortTakenError(port, other.owner);
    }
    throw error;
  }
}

/** No longer publishes ports, those of them that their owners still have. */
export function removePorts(
  socket: NetlinkSocket,
  ports: readonly PublishedPort[],
): void {
  const wanted = ports.flatMap(portElements).flatMap(({ set, elements }) =>
    elements.map((element) => ({ set, element }))
  );
  const outcomes = socket.askAll(
    wanted.map(({ set, element }) => getElement(set, element)),
  );
  const there = wanted.filter(({ set, element }, i) => {
    const outcome = outcomes[i]!;
    if (hasCode(outcome, "ENOENT")) return false;
    if (outcome instanceof Error) throw outcome;
    return outcome.flatMap((message) => decodeElements(set, message))
      .some(({ comment }) => comment === element.comment);
  });
  const elements = there.map(({ set, element }) => ({
    set,
    elements: [element],
  }));
  change(socket, deleteElements, elements);
}

/**
 * Reads the table; undefined when there is none.
 *
 * @throws {MalformedMessageError}
 */
export function readRuleset(socket: NetlinkSocket): Installed | undefined {
  const tables = unlessMissing(() => socket.request(getTable(TABLE)));
  if (!tables) return undefined;
  const comment = tables.map(decodeTable).at(-1)?.comment;
  const elements = new Map(SETS.map((set) => {
    // A table of another version may have no such set.
    const messages = unlessMissing(() => socket.dump(listElements(set))) ?? [];
    return [set.name, messages.flatMap((one) => decodeElements(set, one))];
  }));
  return {
    ...(comment !== undefined && { version: comment }),
    ...describe((set) => elements.get(set) ?? []),
  };
}

function change(
  socket: NetlinkSocket,
  verb: typeof addElements,
  elements: readonly Elements[],
): void {
  const merged = mergeElements(elements);
  commit(socket, merged.flatMap(({ set, elements }) => verb(set, elements)));
}

function commit(socket: NetlinkSocket, requests: readonly Request[]): void {
  if (requests.length > 0) socket.batch(transaction(requests));
}
