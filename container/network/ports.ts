/**
 * A container's published ports: held by its monitor while it runs, and led to
 * it by the packet filter.
 *
 * @module
 */
import {
  type Address,
  addressBytes,
  formatAddress,
  parseAddress,
  sameAddress,
} from "../../net/address.ts";
import type { PublishedPort } from "../../net/nftables/description.ts";
import { findPortHolder } from "../../net/port_holder.ts";
import { parseSource } from "../../net/prefix.ts";
import {
  findPortOwner,
  publishPorts,
  withdrawPorts,
} from "../../net/publish.ts";
import type { Store } from "../../runtime/store.ts";
import { SyscallError } from "../../sys/errors.ts";
import type { Fd } from "../../sys/fd.ts";
import { fnv1a } from "../../sys/hash.ts";
import { holdPort, portOf } from "../../sys/inet.ts";
import { type ContainerId, shortId } from "../id.ts";
import { type PlannedPort, PublishError, takesNames } from "./port_plan.ts";
import {
  forgetPorts,
  notedPorts,
  notePorts,
  type Publication,
} from "./publication.ts";
import type { WayOut } from "./site.ts";
import { type Container, tryReadContainer } from "../store.ts";

/** Ports that nobody else can have while the descriptors are open. */
export interface HeldPorts {
  readonly publications: readonly Publication[];
  readonly sockets: readonly Fd[];
}

/** How often a port that the kernel chose for IPv4 may be taken for IPv6. */
const TRIES = 32;

/**
 * Takes ports of the host, all or none.
 *
 * @throws {PublishError} when one cannot be had
 */
export function holdPorts(
  store: Store,
  planned: readonly PlannedPort[],
  from?: readonly string[],
): HeldPorts {
  const sockets: Fd[] = [];
  try {
    const publications = planned.flatMap((port) => {
      const held = holdOne(store, port);
      sockets.push(...held);
      const hostPort = portOf(held[0]!);
      return port.bindings.map(({ hostAddress, address }): Publication => ({
        protocol: port.transport,
        hostIP: formatAddress(hostAddress),
        hostPort,
        containerIP: formatAddress(address),
        containerPort: port.containerPort,
        ...(from && { from }),
      }));
    });
    return { publications, sockets };
  } catch (error) {
    for (const socket of sockets) socket[Symbol.dispose]();
    throw error;
  }
}

/** The sockets of one port, one for each binding. */
function holdOne(store: Store, port: PlannedPort): Fd[] {
  const { hostPorts: { first, last } } = port;
  const any = first === 0;
  const candidates = any
    ? new Array<number>(TRIES).fill(0)
    : Array.from({ length: last - first + 1 }, (_, i) => first + i)
      .filter((candidate) => !takesNames(port, candidate));
  let failure: unknown;
  for (const candidate of candidates) {
    const sockets: Fd[] = [];
    try {
      for (const { hostAddress } of port.bindings) {
        sockets.push(holdPort(port.transport, {
          address: addressBytes(hostAddress),
          port: sockets[0] ? portOf(sockets[0]) : candidate,
        }));
      }
      return sockets;
    } catch (error) {
      for (const socket of sockets) socket[Symbol.dispose]();
      if (!(error instanceof SyscallError)) throw error;
      failure ??= error;
      if (error.code !== "EADDRINUSE") break;
    }
  }
  throw explain(store, port, failure as SyscallError);
}

/** What an errno of bind(2) means here. */
function explain(
  store: Store,
  port: PlannedPort,
  error: SyscallError,
): PublishError {
  const { transport, bindings, hostPorts: { first, last } } = port;
  const hosts = bindings.map(({ hostAddress }) => formatAddress(hostAddress));
  const range = first === last ? `${first}` : `${first}-${last}`;
  const what =
    `cannot publish ${hosts.map(bracketed).join(" and ")}:${range}/` +
    `${transport} for port ${port.containerPort}`;
  const reasons: Readonly<Record<string, () => string>> = {
    EADDRINUSE: () => {
      if (first !== last) return "all ports of the range are in use";
      const owner = findPortOwner(transport, first);
      if (owner !== undefined) {
        return `${describeOwner(store, owner)} has the port`;
      }
      const holder = findPortHolder(transport, first);
      return holder
        ? `${holder.name} (process ${holder.pid}) has the port`
        : "the port is in use";
    },
    EADDRNOTAVAIL: () =>
      `the host has no address ${hosts.join(", ")}; see ip address`,
    EPROTONOSUPPORT: () => `the kernel has no ${transport} (CONFIG_IP_SCTP)`,
    EMFILE: () => "too many files are open; raise the limit (ulimit -n)",
  };
  const reason = reasons[error.code]?.() ?? error.message;
  return new PublishError(`${what}: ${reason}`, { cause: error });
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/**
 * Leads the ports that were noted to the container, over the bridges of its
 * networks. From then on the daemon leads them there again when need be.
 *
 * @throws {NetlinkError}
 */
export function openPorts(
  store: Store,
  container: ContainerId,
  ways: readonly { bridge: string; address: Address }[],
): void {
  const noted = notedPorts(store, container);
  notePorts(store, container, { ...noted, open: true });
  const ports = noted.ports.map((port) => toRule(store, container, port));
  for (const { bridge, address } of ways) {
    const there = ports.filter((port) => sameAddress(port.address, address));
    if (there.length > 0) publishPorts(bridge, there);
  }
}

/** Leads the ports of a container that has ended nowhere any more. */
export function closePorts(store: Store, container: ContainerId): void {
  const { ports, idle = [] } = notedPorts(store, container);
  withdraw(store, container, [...ports, ...idle]);
  forgetPorts(store, container);
}

/** Who may connect to a container's ports; everyone if undefined. */
export function clientsOf(
  { publishFrom }: Pick<Container, "publishFrom">,
  ways: readonly WayOut[],
): readonly string[] | undefined {
  return publishFrom ?? ways.find((way) => way.publishFrom)?.publishFrom;
}

/**
 * Leads the ports of a container to the addresses it now reaches the world by,
 * at its start if that is to come; those of an IP version that it has no way out
 * for, nowhere, until it has one again.
 *
 * @throws {NetlinkError}
 */
export function movePorts(
  store: Store,
  container: Container,
  ways: readonly WayOut[],
): void {
  const { id } = container;
  const { open, ports: before, idle: waiting = [] } = notedPorts(store, id);
  const from = clientsOf(container, ways);
  const ports: Publication[] = [];
  const idle: Publication[] = [];
  for (const port of [...before, ...waiting]) {
    const { family } = parseAddress(port.containerIP);
    const way = ways.find(({ address }) => address.family === family);
    if (!way) idle.push(port);
    else {
      const { from: _, ...rest } = port;
      const containerIP = formatAddress(way.address);
      ports.push({ ...rest, containerIP, ...(from && { from }) });
    }
  }
  const areMoved = JSON.stringify(ports) !== JSON.stringify(before);
  // Noted before, or the daemon would put back what is withdrawn.
  if (areMoved) notePorts(store, id, { open, ports, idle });
  if (!open) return;
  // Who noted that some wait may have been killed before it withdrew them.
  withdraw(store, id, [...(areMoved ? before : []), ...waiting]);
  if (areMoved) openPorts(store, id, ways);
}

function withdraw(
  store: Store,
  container: ContainerId,
  ports: readonly Publication[],
): void {
  if (ports.length === 0) return;
  withdrawPorts(ports.map((port) => toRule(store, container, port)));
}

/** What the packet filter is told of a port. */
export function toRule(
  store: Store,
  container: ContainerId,
  port: Publication,
): PublishedPort {
  const { protocol, hostIP, hostPort, containerIP, containerPort, from } = port;
  return {
    owner: ownerOf(store, container),
    protocol,
    hostAddress: parseAddress(hostIP),
    hostPort,
    address: parseAddress(containerIP),
    port: containerPort,
    ...(from && { from: from.map(parseSource) }),
  };
}

/** A container, as the packet filter knows it: stores share that one. */
export function ownerOf(store: Store, container: ContainerId): string {
  return `${tagOf(store)}/${container}`;
}

/** The container that the packet filter knows so, in words. */
function describeOwner(store: Store, owner: string): string {
  const [tag, id = ""] = owner.split("/");
  const own = tag === tagOf(store)
    ? tryReadContainer(store, id as ContainerId)
    : undefined;
  return own ? `container "${own.name}"` : `container ${shortId(id)}`;
}

/** Tells a store from others of the host. */
export function tagOf({ dataRoot }: Store): string {
  return fnv1a(dataRoot);
}
