/**
 * What rkl's table is made from: networks, and ports published from them.
 *
 * @module
 */
import {
  type Address,
  type Family,
  formatAddress,
  sameAddress,
} from "../address.ts";
import { checkLinkName } from "../link_name.ts";
import { containsPrefix, formatPrefix, type Prefix } from "../prefix.ts";
import { PROTOCOLS } from "./datatype.ts";

/** A network: a bridge, and what may pass it. */
export interface NetworkRules {
  /** The name of its interface. */
  readonly bridge: string;
  /** The addresses of its containers, of either IP version. */
  readonly prefixes: readonly Prefix[];
  /** Nothing gets out of it or into it, save from and to the host itself. */
  readonly internal?: boolean;
  /**
   * Containers of other networks cannot even reach its published ports, nor
   * its containers theirs.
   */
  readonly isolate?: boolean;
  /**
   * What leaves it has an address of the host; true unless given. Without it,
   * its containers can be reached by their own addresses, from other hosts
   * that have a route.
   */
  readonly masquerade?: boolean;
  /** Its containers do not reach each other, save by published ports. */
  readonly apart?: boolean;
}

/** A port of the host that leads to a container's. */
export interface PublishedPort {
  /** Who has it; for people, and for those who clean up. At most 127 bytes. */
  readonly owner: string;
  /** What is spoken over it. */
  readonly protocol: keyof typeof PROTOCOLS;
  /** Missing, or 0.0.0.0 or ::, is every address of the host. */
  readonly hostAddress?: Address;
  /** 1 to 65535. */
  readonly hostPort: number;
  /** The container's address, of the same IP version. */
  readonly address: Address;
  /** The container's port. */
  readonly port: number;
  /**
   * Who may connect, be it the host itself; everyone unless given. Prefixes of
   * the other IP version name nobody who could.
   */
  readonly from?: readonly Prefix[];
}

/** All that rkl's table says. */
export interface Description {
  /** What has a bridge. */
  readonly networks: readonly NetworkRules[];
  /** What leads to a container. */
  readonly ports: readonly PublishedPort[];
}

/** A port that cannot be published as it was asked for. */
export class InvalidPortError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InvalidPortError";

  /** Says what stands in the way. */
  constructor(
    /** What was asked for. */
    readonly port: PublishedPort,
    /** What is wrong with it, and what is allowed. */
    readonly problem: string,
  ) {
    super(`cannot publish ${formatPort(port)}: ${problem}`);
  }
}

/**
 * Checks what types do not say.
 *
 * @throws {InvalidPortError}
 */
export function checkPort(port: PublishedPort): PublishedPort {
  const { protocol, hostAddress, hostPort, address } = port;
  const fail = (problem: string): never => {
    throw new InvalidPortError(port, problem);
  };
  if (!Object.hasOwn(PROTOCOLS, protocol)) {
    fail(`protocols are ${Object.keys(PROTOCOLS).join(", ")}`);
  }
  for (const number of [hostPort, port.port]) {
    if (!(Number.isInteger(number) && number >= 1 && number <= 0xffff)) {
      fail(`${number} is no port, 1 to 65535 are`);
    }
  }
  if (hostAddress && hostAddress.family !== address.family) {
    fail(
      `the host's address is of IPv${hostAddress.family} and the container's ` +
        `of IPv${address.family}; a packet stays in its IP version`,
    );
  }
  return port;
}

/**
 * Checks networks and ports, also against each other.
 *
 * @throws {InvalidLinkNameError}
 * @throws {InvalidPortError} for two ports that would have the same packets
 */
export function checkDescription(description: Description): Description {
  for (const { bridge } of description.networks) checkLinkName(bridge);
  const seen = new Map<string, PublishedPort>();
  for (const port of description.ports) {
    const { protocol, hostPort, address: { family } } = checkPort(port);
    const host = boundAddress(port);
    const where = host ? formatAddress(host) : "";
    const key = [protocol, family, where, hostPort].join(" ");
    const other = seen.get(key);
    if (other) {
      throw new InvalidPortError(
        port,
        `${other.owner} has published it already`,
      );
    }
    seen.set(key, port);
  }
  return description;
}

/** The host's address a port is bound to, if it is just one. */
export function boundAddress(
  { hostAddress }: PublishedPort,
): Address | undefined {
  return hostAddress?.value === 0n ? undefined : hostAddress;
}

/** Who may connect, without those that another prefix has; of one version. */
export function sourcesOf(
  from: readonly Prefix[],
  family: Family,
): Prefix[] {
  const able = from.filter(({ address }) => address.family === family);
  return able.filter((prefix, i) =>
    !able.some((other, j) =>
      i !== j && containsPrefix(other, prefix) &&
      (j < i || !containsPrefix(prefix, other))
    )
  );
}

/** Whether two are for the same packets. */
export function samePort(a: PublishedPort, b: PublishedPort): boolean {
  const [x, y] = [boundAddress(a), boundAddress(b)];
  return a.protocol === b.protocol && a.hostPort === b.hostPort &&
    a.address.family === b.address.family &&
    (x && y ? sameAddress(x, y) : x === y);
}

/** A port for messages: `127.0.0.1:8080/tcp to 10.88.0.2:80`. */
export function formatPort(port: PublishedPort): string {
  const { protocol, hostPort, address, from } = port;
  const any: Address = { family: address.family, value: 0n };
  const host = endpoint(port.hostAddress ?? any, hostPort);
  const to = endpoint(address, port.port);
  const only = from ? ` from ${from.map(formatPrefix).join(", ")}` : "";
  return `${host}/${protocol} to ${to}${only}`;
}

function endpoint(address: Address, port: number): string {
  const text = formatAddress(address);
  return address.family === 4 ? `${text}:${port}` : `[${text}]:${port}`;
}
