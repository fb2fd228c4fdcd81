/**
 * What is left in the kernel of networks and ports whose owners are no more.
 *
 * Several stores may share a host, and each sees only its own. So nothing is
 * taken away that could be another store's: a bridge whose network this store
 * does not know is only told of.
 *
 * @module
 */
import { networkOfPort, portOf } from "./attach.ts";
import { openFilter } from "./firewall.ts";
import { lockHostNetwork } from "./host_lock.ts";
import { hasCode, tolerate } from "./netlink/errors.ts";
import {
  decodeLink,
  deleteLink,
  type Link,
  listLinks,
} from "./netlink/link.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import type { Network } from "./network.ts";
import type { Description, PublishedPort } from "./nftables/description.ts";
import {
  readRuleset,
  removeNetworks,
  removePorts,
  removeRuleset,
} from "./nftables/firewall.ts";

/** A store's networks and who uses them. */
export interface Known {
  readonly networks: readonly (Network & {
    /** Those who have addresses in it. */
    readonly users: readonly string[];
  })[];
  /** Whether a port is of this store, and no container publishes it. */
  readonly isGone: (port: PublishedPort) => boolean;
}

/** What the kernel has. */
export interface Seen {
  readonly links: readonly Link[];
  /** rkl's table; undefined where there is none. */
  readonly table: Description | undefined;
}

/** What nobody owns. */
export interface Stray {
  /** Bridges that the table names and that are no more. */
  readonly rules: readonly string[];
  readonly ports: readonly PublishedPort[];
  /** The names of containers' ports on bridges. */
  readonly veths: readonly string[];
  /** Bridges of networks that this store does not know, without containers. */
  readonly strangers: readonly { name: string; note: string }[];
}

/** Tells what nobody owns from what somebody does, or may. */
export function findStray(
  { networks, isGone }: Known,
  { links, table }: Seen,
): Stray {
  const names = new Set(links.map(({ name }) => name));
  const ids = new Set(networks.map(({ id }) => id));
  const owned = new Set(
    networks.flatMap(({ id, users }) =>
      users.map((user) => portOf(user, id).name)
    ),
  );
  const bridges = new Set(
    links.filter((link) => ids.has(networkOf(link) ?? ""))
      .map(({ index }) => index),
  );
  const masters = new Set(links.flatMap(({ master }) => master ?? []));
  return {
    rules: (table?.networks ?? []).map(({ bridge }) => bridge)
      .filter((bridge) => !names.has(bridge)),
    ports: (table?.ports ?? []).filter(isGone),
    veths: links.filter((link) => isPort(link, ids, bridges))
      .map(({ name }) => name).filter((name) => !owned.has(name)),
    strangers: links.flatMap((link) => {
      const { name, index, alias: note = "" } = link;
      const id = networkOf(link);
      const isStrange = id !== undefined && !ids.has(id);
      return isStrange && !masters.has(index) ? [{ name, note }] : [];
    }),
  };
}

/** The id of the network whose bridge a link is, by its note. */
function networkOf({ kind, alias = "" }: Link): string | undefined {
  const [, id] = /^rkl network \S+ (\w+)$/.exec(alias) ?? [];
  return kind === "bridge" ? id : undefined;
}

/**
 * Whether a link is a container's port on one of these networks: by its note,
 * or, before it has one, by its name and the bridge it is on.
 */
function isPort(
  link: Link,
  ids: ReadonlySet<string>,
  bridges: ReadonlySet<number>,
): boolean {
  const { kind, name, alias, master = 0 } = link;
  if (kind === "veth" && alias === undefined) {
    return bridges.has(master) && /^veth[\da-f]{11}$/.test(name);
  }
  return ids.has(networkOfPort(link) ?? "");
}

/**
 * Removes what nobody owns from the calling thread's network namespace, and
 * tells what that was.
 *
 * @param look What the store knows: asked for once it is known what the kernel
 * has, so that nothing seems gone that was made meanwhile.
 * @throws {NetlinkError} when the kernel refuses
 */
export function sweepKernel(look: () => Known): Stray {
  using route = new NetlinkSocket("ROUTE");
  using filter = openFilter();
  // Nobody puts a network or a port into the table meanwhile.
  using _lock = lockHostNetwork();
  const table = filter && tryReadRuleset(filter);
  // After the table: a network's bridge is there before it is.
  const links = route.dump(listLinks()).map(decodeLink);
  const stray = findStray(look(), { links, table });
  if (filter && table) takeOut(filter, table, stray);
  // One that is gone went with its container.
  tolerate(route.tryBatch(stray.veths.map(deleteLink)), "ENODEV");
  return stray;
}

/** Takes what is stray out of rkl's table, and the table with the last of it. */
function takeOut(
  filter: NetlinkSocket,
  { networks, ports }: Description,
  stray: Stray,
): void {
  const isEmpty = networks.length === stray.rules.length &&
    ports.length === stray.ports.length;
  if (isEmpty) {
    removeRuleset(filter);
    return;
  }
  if (stray.ports.length > 0) removePorts(filter, stray.ports);
  if (stray.rules.length > 0) removeNetworks(filter, stray.rules);
}

/** Undefined where there is no table, and where the kernel has none at all. */
function tryReadRuleset(filter: NetlinkSocket): Description | undefined {
  try {
    return readRuleset(filter);
  } catch (error) {
    if (hasCode(error, "EOPNOTSUPP", "EINVAL")) return undefined;
    throw error;
  }
}
