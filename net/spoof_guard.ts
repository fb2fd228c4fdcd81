/**
 * Having the kernel drop what containers send under another's address; see
 * `nftables/spoof_table.ts`.
 *
 * The calling thread is in the host's network namespace, and so are the
 * sockets.
 *
 * @module
 */
import { lockHostNetwork } from "./host_lock.ts";
import { decodeLink, listLinks } from "./netlink/link.ts";
import { hasCode, unlessMissing } from "./netlink/errors.ts";
import type { Request } from "./netlink/message.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { inNetns, newNetns } from "./netns.ts";
import { NetworkError } from "./network_error.ts";
import {
  addElements,
  decodeElements,
  deleteElements,
  listElements,
} from "./nftables/element.ts";
import { compareElements } from "./nftables/compare.ts";
import { ofBridge, transaction } from "./nftables/message.ts";
import { encodePlan } from "./nftables/plan.ts";
import { type Elements, mergeElements, TABLE } from "./nftables/contents.ts";
import {
  type GuardedPort,
  guardElements,
  SPOOF_PLAN,
  SPOOF_SETS,
} from "./nftables/spoof_table.ts";
import { deleteTable, getTable } from "./nftables/table.ts";
import { isWhole } from "./nftables/watch.ts";

/** The kernel cannot look at what containers send. */
export class NoSpoofGuardError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "NoSpoofGuardError";

  /** Says what works without. */
  constructor(options?: ErrorOptions) {
    super(
      "cannot look at what containers send: the kernel has no " +
        "CONFIG_NF_TABLES_BRIDGE; networks without mac-spoof-check and " +
        "ip-spoof-check work, their containers may send under any address",
      options,
    );
  }
}

/**
 * Makes sure that the kernel can look at frames, before there is anything that
 * relies on it. Nothing is left of the attempt: it is made where nobody is.
 *
 * @throws {NoSpoofGuardError}
 */
export function checkSpoofGuard(): void {
  using nowhere = newNetns();
  using socket = inNetns(nowhere, () => new NetlinkSocket("NETFILTER"));
  commit(socket, encodePlan(SPOOF_PLAN));
}

/**
 * Guards ports, which are there; those that are guarded already too, where
 * others took something out of the table. What is left of ports that are gone
 * goes. Returns whether there was anything to put into the table.
 *
 * @throws {NoSpoofGuardError}
 * @throws {NetlinkError}
 */
export function guardPorts(
  route: NetlinkSocket,
  ports: readonly GuardedPort[],
): boolean {
  using socket = new NetlinkSocket("NETFILTER");
  using _lock = lockHostNetwork();
  const elements = ports.flatMap(guardElements);
  const { alive, dead } = sort(route, readElements(socket));
  if (isWhole(socket, SPOOF_PLAN, ofBridge)) {
    const { missing } = compareElements(socket, elements, ofBridge);
    commit(socket, [
      ...change(deleteElements, dead),
      ...change(addElements, missing),
    ]);
    return missing.length > 0;
  }
  const look = () => socket.request(ofBridge(getTable(TABLE)));
  commit(socket, [
    // It costs a grace period of RCU, some 10 ms.
    ...(unlessMissing(look) ? [deleteTable(TABLE)] : []),
    ...encodePlan(SPOOF_PLAN),
    ...change(addElements, [...without(alive, ports), ...elements]),
  ]);
  return true;
}

/** What is not of these ports. */
function without(
  parts: readonly Elements[],
  ports: readonly GuardedPort[],
): Elements[] {
  const indexes = new Set(ports.map(({ index }) => index));
  return parts.map(({ set, elements }) => ({
    set,
    elements: elements.filter(({ key }) => !indexes.has(key[0] as number)),
  }));
}

/**
 * Removes what is left of ports that are gone, and the table when nothing else
 * is in it.
 *
 * @throws {NetlinkError}
 */
export function sweepGuards(route: NetlinkSocket): void {
  using socket = new NetlinkSocket("NETFILTER");
  using _lock = lockHostNetwork();
  const { alive, dead } = sort(route, readElements(socket));
  if (alive.length > 0) commit(socket, change(deleteElements, dead));
  else unlessMissing(() => commit(socket, [deleteTable(TABLE)]));
}

/** What is in the table, if there is one. */
function readElements(socket: NetlinkSocket): Elements[] {
  return SPOOF_SETS.map((set) => ({
    set,
    elements: unlessMissing(() =>
      socket.dump(ofBridge(listElements(set)))
        .flatMap((message) => decodeElements(set, message))
    ) ?? [],
  }));
}

/** Elements of ports that are there, and of those that are gone. */
function sort(
  route: NetlinkSocket,
  parts: readonly Elements[],
): { alive: Elements[]; dead: Elements[] } {
  // After the elements were read: a port is there before they are.
  const links = route.dump(listLinks({ kind: "veth" })).map(decodeLink);
  const indexes = new Set(links.map(({ index }) => index));
  const select = (wanted: boolean): Elements[] =>
    parts.map(({ set, elements }) => ({
      set,
      elements: elements.filter(({ key }) =>
        indexes.has(key[0] as number) === wanted
      ),
    })).filter(({ elements }) => elements.length > 0);
  return { alive: select(true), dead: select(false) };
}

function change(
  verb: typeof addElements,
  parts: readonly Elements[],
): Request[] {
  return mergeElements(parts)
    .flatMap(({ set, elements }) => verb(set, elements));
}

function commit(socket: NetlinkSocket, requests: readonly Request[]): void {
  if (requests.length === 0) return;
  try {
    socket.batch(transaction(requests.map(ofBridge)));
  } catch (error) {
    if (!hasCode(error, "EOPNOTSUPP", "EAFNOSUPPORT")) throw error;
    throw new NoSpoofGuardError({ cause: error });
  }
}
