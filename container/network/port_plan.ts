/**
 * From what is to be published to the ports of the host that are to be had.
 * Pure.
 *
 * @module
 */
import {
  type Address,
  type Family,
  formatAddress,
  parseAddress,
} from "../../net/address.ts";
import type { Transport } from "../../sys/inet.ts";
import type { HostPorts, Port } from "./port_fields.ts";

/** A port of a container, and where on the host it is to be. */
export interface PlannedPort {
  readonly transport: Transport;
  /** One for each IP version; the port of the host is the same for both. */
  readonly bindings: readonly Binding[];
  /** Of these the first that is free. */
  readonly hostPorts: HostPorts;
  /** The container's. */
  readonly containerPort: number;
}

/** Where packets arrive, and where they go. */
export interface Binding {
  /** The host's; 0.0.0.0 and :: are all it has. */
  readonly hostAddress: Address;
  /** The container's. */
  readonly address: Address;
}

/** Ports that cannot be published. */
export class PublishError extends Error {
  /** Tells it from other errors. */
  override readonly name = "PublishError";
}

/** Where packets reach a container; see `network/network.ts`. */
export interface Way {
  /** The container's. */
  readonly address: Address;
  /** The host's, where ports are published that do not say. */
  readonly publishOn?: Address;
}

/**
 * Plans the ports that are published, those with a `hostPort`.
 *
 * @throws {PublishError}
 */
export function planPorts(
  ports: readonly Port[],
  ways: readonly Way[],
): PlannedPort[] {
  const planned = bindPorts(ports, ways);
  const stolen = planned.find((port) =>
    port.hostPorts.last === NAMES.port && takesNames(port, port.hostPorts.first)
  );
  if (stolen) throw new PublishError(describeNames(stolen));
  const exact = planned.filter(({ hostPorts: { first, last } }) =>
    first !== 0 && first === last
  );
  const same = Map.groupBy(
    exact,
    ({ transport, hostPorts: { first } }) => `${first}/${transport}`,
  );
  for (const [text, group] of same) {
    group.forEach((port, index) => {
      const other = group.slice(0, index).find((one) => clash(one, port));
      if (other) throw new PublishError(describeClash(text, other, port));
    });
  }
  return planned;
}

function bindPorts(
  ports: readonly Port[],
  ways: readonly Way[],
): PlannedPort[] {
  const hostAddress = ways.find(({ publishOn }) => publishOn)?.publishOn;
  return ports.flatMap((port) => {
    const { hostPort, containerPort, protocol } = port;
    if (hostPort === undefined) return [];
    const asked = port.hostIP === undefined
      ? hostAddress
      : parseAddress(port.hostIP);
    const bindings = ways.map(({ address }) => address)
      .filter(({ family }) => asked === undefined || asked.family === family)
      .map((address): Binding => ({
        hostAddress: asked ?? anyOf(address.family),
        address,
      }));
    if (bindings.length === 0) throw new PublishError(describe(port, asked));
    return [{
      transport: protocol.toLowerCase() as Transport,
      bindings,
      hostPorts: hostPort,
      containerPort,
    }];
  });
}

/** Where the daemon answers on the bridges of networks; see `net/dns`. */
const NAMES = { port: 53, transports: ["udp", "tcp"] };

/** Whether a port of the host would have what containers ask the daemon. */
export function takesNames(
  { transport, bindings }: Pick<PlannedPort, "transport" | "bindings">,
  hostPort: number,
): boolean {
  return hostPort === NAMES.port && NAMES.transports.includes(transport) &&
    bindings.some(({ hostAddress }) => hostAddress.value === 0n);
}

function describeNames({ transport, containerPort }: PlannedPort): string {
  return `cannot publish port ${containerPort} on ${NAMES.port}/${transport} ` +
    "of every address: there rkl answers containers that ask for names; " +
    "publish on one address of the host, as " +
    `-p 192.0.2.1:${NAMES.port}:${containerPort}/${transport}`;
}

/** Whether only one of two that want the same port of the host can have it. */
function clash(a: PlannedPort, b: PlannedPort): boolean {
  return a.bindings.some(({ hostAddress: one }) =>
    b.bindings.some(({ hostAddress: other }) =>
      one.family === other.family &&
      (one.value === other.value || one.value === 0n || other.value === 0n)
    )
  );
}

function describeClash(text: string, a: PlannedPort, b: PlannedPort): string {
  return `cannot publish port ${b.containerPort} on ${text}: that is for the ` +
    `container's port ${a.containerPort} already`;
}

function anyOf(family: Family): Address {
  return { family, value: 0n };
}

function describe(port: Port, asked: Address | undefined): string {
  const what = `cannot publish port ${port.containerPort}/` +
    port.protocol.toLowerCase();
  if (!asked) {
    return `${what}: the container's networks have no way out; connect it to ` +
      "one that is not internal";
  }
  const where = formatAddress(asked);
  return `${what} on ${where}: the container has no IPv${asked.family} ` +
    `address; make its network with ${asked.family === 6 ? "--ipv6" : "IPv4"}`;
}
