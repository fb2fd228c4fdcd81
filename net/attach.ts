/**
 * Connecting a container's network namespace to bridges.
 *
 * Each connection is a veth pair: one end is a port of the bridge, the other is
 * made directly in the container's namespace. The pair vanishes with either, so
 * nothing has to be taken apart when the container ends. The port's note for
 * people says whose it is.
 *
 * @module
 */
import { SyscallError } from "../sys/errors.ts";
import type { Fd } from "../sys/fd.ts";
import { fnv1a64 } from "../sys/hash.ts";
import type { Address } from "./address.ts";
import { macOf } from "./mac.ts";
import { inNetns } from "./netns.ts";
import { addAddress } from "./netlink/address.ts";
import { setPort } from "./netlink/bridge.ts";
import { hasCode, tolerate } from "./netlink/errors.ts";
import { findLink, readLink } from "./netlink/find_link.ts";
import {
  addVeth,
  decodeLink,
  deleteLink,
  type Link,
  listLinks,
  setLink,
} from "./netlink/link.ts";
import { addRoute, DEFAULT_ROUTE } from "./netlink/route.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import type { PortSettings } from "./network.ts";
import type { Prefix } from "./prefix.ts";
import { isReadOnly, kernelSysctls } from "./sysctl.ts";
import type { Membership } from "./vlan.ts";

/** A container's place on a network. */
export interface Endpoint extends PortSettings {
  /** The index of the bridge. */
  readonly bridge: number;
  /** Its port of the bridge. */
  readonly port: Port;
  /** What the container calls its end: `eth0`. */
  readonly name: string;
  /** Its addresses there, with the length of the network's prefix. */
  readonly addresses: readonly Prefix[];
  /** Where packets for elsewhere go, one for each family that leads there. */
  readonly gateways: readonly Address[];
  /** That of the first address unless given. */
  readonly mac?: string;
}

/** A container's port of a bridge. */
export interface Port {
  /** The same each time: what an interrupted connection left is found by it. */
  readonly name: string;
  /** Tells it from another's whose name is the same by chance. */
  readonly note: string;
}

/** A port's name is that of another container's port. */
export class PortTakenError extends Error {
  /** Tells it from other errors. */
  override readonly name = "PortTakenError";

  /** Says whose it is, and what helps. */
  constructor(
    /** What was to be made. */
    readonly port: Port,
    /** The note of the interface that is there. */
    readonly owner: string,
  ) {
    super(
      `cannot make ${port.name} for ${port.note}: the interface is there ` +
        `already, for ${owner}; make the container anew`,
    );
  }
}

/** A container's port on a network, by the network's id. */
export function portOf(container: string, network: string): Port {
  // What IFNAMSIZ of linux/if.h leaves: 15 bytes.
  const digits = fnv1a64(`${container}\0${network}`).slice(-11);
  return {
    name: `veth${digits}`,
    note: `rkl container ${container} network ${network}`,
  };
}

/** The id of the network that a link is a port of, by its note. */
export function networkOfPort({ kind, alias = "" }: Link): string | undefined {
  const [, id] = /^rkl container \S+ network (\w+)$/.exec(alias) ?? [];
  return kind === "veth" ? id : undefined;
}

/** What only some endpoints need; see `port_rules.ts`. */
export interface PortRules {
  /** Has the kernel look at what they send. */
  guardEndpoints(endpoints: readonly Guarded[]): boolean;
  /** Puts a port into VLANs. */
  joinVlans(socket: NetlinkSocket, index: number, vlans: Membership): void;
}

/** Whether an endpoint needs {@linkcode PortRules}. */
export function needsRules({ vlans, spoofCheck }: PortSettings): boolean {
  return vlans !== undefined || spoofCheck !== undefined;
}

/**
 * Connects the namespace `netns` to each bridge, which is up and in the calling
 * thread's namespace. What was half made by somebody who was killed is made
 * anew. A default route that is there stays.
 *
 * @throws {PortTakenError}
 * @throws {NetlinkError} when the kernel refuses; the pairs made until then
 * vanish with the namespace
 * @throws {NoVlansError | NoSpoofGuardError}
 */
export function attach(
  netns: Fd,
  endpoints: readonly Endpoint[],
  rules?: PortRules,
): void {
  if (!rules && endpoints.some(needsRules)) {
    throw new Error("cannot connect: what its ports need was not loaded");
  }
  using host = new NetlinkSocket("ROUTE");
  for (const endpoint of endpoints) addPair(host, netns, endpoint, rules);
  rules?.guardEndpoints(endpoints);
  // Nothing passes a port before it is whole.
  host.batch(endpoints.map(({ port }) => setLink(port.name, { up: true })));
  using inside = inNetns(netns, () => {
    for (const endpoint of endpoints) {
      ignoreRouters(endpoint);
      if (endpoint.spoofCheck === "ip") fixLinkLocal(endpoint);
    }
    return new NetlinkSocket("ROUTE");
  });
  for (const endpoint of endpoints) {
    const { index } = readLink(inside, endpoint.name);
    inside.batch([
      setLink(index, { up: true }),
      ...endpoint.addresses.map((prefix) => addAddress(index, prefix)),
    ]);
    addGateways(inside, index, endpoint);
  }
}

/** What is known of a connection, to have the kernel look at what it sends. */
export type Guarded = Pick<
  Endpoint,
  "port" | "mac" | "addresses" | "spoofCheck"
>;

/**
 * Takes a connection away; returns whether it was there. The calling thread is
 * in the bridge's namespace.
 *
 * @throws {NetlinkError}
 */
export function detach(port: Port): boolean {
  using host = new NetlinkSocket("ROUTE");
  const there = findLink(host, port.name);
  if (!there || !isFor(there, port)) return false;
  const [outcome] = host.tryBatch([deleteLink(port.name)]);
  // It went with the container.
  if (hasCode(outcome, "ENODEV")) return false;
  if (outcome instanceof Error) throw outcome;
  return true;
}

/**
 * Takes away what is left of the ports of a network that nobody uses: the kernel
 * takes the namespaces of ended containers apart when it has time.
 *
 * @throws {NetlinkError}
 */
export function detachAll(host: NetlinkSocket, network: string): void {
  const links = host.dump(listLinks({ kind: "veth" })).map(decodeLink)
    .filter((link) => networkOfPort(link) === network);
  const outcomes = host.tryBatch(links.map(({ index }) => deleteLink(index)));
  tolerate(outcomes, "ENODEV");
}

/**
 * Whether a connection is there and whole, save for its default routes, which
 * {@linkcode routeOut} gives it. The calling thread as in {@linkcode detach}.
 */
export function isAttached(
  netns: Fd,
  { port, name }: Pick<Endpoint, "port" | "name">,
): boolean {
  using host = new NetlinkSocket("ROUTE");
  if (findLink(host, port.name)?.alias !== port.note) return false;
  using inside = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  // It comes up with its addresses, in one request to the kernel.
  return findLink(inside, name)?.up === true;
}

/**
 * Gives a namespace the default routes of its endpoints that it has none of:
 * the connection that had one before is gone.
 *
 * @throws {NetlinkError}
 */
export function routeOut(
  netns: Fd,
  endpoints: readonly Pick<Endpoint, "name" | "gateways">[],
): void {
  using inside = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  for (const endpoint of endpoints) {
    const link = findLink(inside, endpoint.name);
    if (link) addGateways(inside, link.index, endpoint);
  }
}

/** Whether an interface of a port's name is it; half made it has no note yet. */
function isFor({ alias }: Link, { note }: Port): boolean {
  return alias === undefined || alias === note;
}

function addGateways(
  inside: NetlinkSocket,
  index: number,
  { gateways }: Pick<Endpoint, "gateways">,
): void {
  const outcomes = inside.tryBatch(
    gateways.map((via) =>
      addRoute({ to: DEFAULT_ROUTE[via.family], via, index })
    ),
  );
  tolerate(outcomes, "EEXIST");
}

function addPair(
  host: NetlinkSocket,
  netns: Fd,
  endpoint: Endpoint,
  rules: PortRules | undefined,
): void {
  const { bridge, port, name, vlans } = endpoint;
  // A container may reach itself by a port the host publishes for it.
  const { hairpin = true, isolated = false } = endpoint;
  const mac = macFor(endpoint);
  const mtu = endpoint.mtu === undefined ? {} : { mtu: endpoint.mtu };
  const [pair, ...rest] = [
    addVeth(
      { name: port.name, master: bridge, ...mtu },
      { name, mac, netns, ...mtu },
    ),
    setLink(port.name, { alias: port.note }),
    setPort(port.name, { hairpin, isolated }),
  ] as const;
  const [made] = host.tryBatch([pair]);
  if (made instanceof Error) {
    if (!hasCode(made, "EEXIST")) throw made;
    const there = findLink(host, port.name);
    // Then it is the container that has an interface of the name.
    if (!there) throw made;
    if (!isFor(there, port)) throw new PortTakenError(port, there.alias!);
    host.batch([deleteLink(port.name), pair]);
  }
  host.batch(rest);
  if (vlans) rules?.joinVlans(host, readLink(host, port.name).index, vlans);
}

/** The Ethernet address of a connection. */
export function macFor({ mac, addresses }: Pick<Guarded, "mac" | "addresses">) {
  return mac ?? macOf(addresses[0]!.address);
}

/**
 * Its neighbours are containers, each of which may claim to be a router: on a
 * network without IPv6, too, it would send there what has an IPv6 address.
 */
function ignoreRouters({ name }: Endpoint): void {
  try {
    kernelSysctls.write(`ipv6/conf/${name}/accept_ra`, "0");
  } catch (error) {
    const hasNone = error instanceof SyscallError && error.code === "ENOENT";
    if (!hasNone && !isReadOnly(error)) throw error;
  }
}

/** Has the interface take the address on its link that it may send from. */
function fixLinkLocal({ name }: Endpoint): void {
  const setting = `ipv6/conf/${name}/addr_gen_mode`;
  if (kernelSysctls.read(setting) === undefined) return; // no IPv6
  kernelSysctls.write(setting, "0"); // from the MAC
}
