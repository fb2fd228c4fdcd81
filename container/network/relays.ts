/**
 * Ports that are published on ::1 where the kernel cannot lead them there: the
 * daemon passes on what arrives; see `net/relay/relay.ts`.
 *
 * @module
 */
import { type Address, parseAddress, sameAddress } from "../../net/address.ts";
import {
  boundAddress,
  formatPort,
  type PublishedPort,
} from "../../net/nftables/description.ts";
import { containsAddress } from "../../net/prefix.ts";
import { isLoopbackAnswered, readPublished } from "../../net/publish.ts";
import { type Relay, relay } from "../../net/relay/relay.ts";
import { SyscallError } from "../../sys/errors.ts";

const LOOPBACK: Address = parseAddress("::1");

/** What came of having relays. */
export interface KeptRelays {
  /** Whether there are others than before. */
  readonly changed: boolean;
  /** Why there is one too few; the others are there. */
  readonly failure?: unknown;
}

/** The relays of a daemon. */
export class Relays implements Disposable {
  /** By the port they stand for. */
  readonly #relays = new Map<string, Relay>();

  /** Has a relay for each port that needs one, and for no other. */
  async keep(ports: readonly PublishedPort[]): Promise<KeptRelays> {
    const needy = isLoopbackAnswered() ? [] : ports.filter(needsRelay);
    const keys = new Set(needy.map(keyOf));
    const over = [...this.#relays.keys()].filter((key) => !keys.has(key));
    for (const key of over) {
      this.#relays.get(key)![Symbol.dispose]();
      this.#relays.delete(key);
    }
    const before = this.#relays.size;
    let failure: unknown;
    for (const port of needy) {
      const key = keyOf(port);
      if (this.#relays.has(key)) continue;
      const { address, port: number, protocol } = port;
      const target = { address, port: number };
      try {
        const started = await relay(protocol as "tcp" | "udp", target);
        this.#relays.set(key, started);
      } catch (error) {
        // Where the host has no ::1, nobody connects to it.
        if (!isWithoutLoopback(error)) failure ??= error;
      }
    }
    const changed = over.length > 0 || this.#relays.size > before;
    return { changed, ...(failure !== undefined && { failure }) };
  }

  /** The ports as the packet filter is to have them, with those of relays. */
  lead(ports: readonly PublishedPort[]): PublishedPort[] {
    return ports.flatMap((port) => {
      const relay = this.#relays.get(keyOf(port));
      if (!relay) return [port];
      const { owner, protocol, hostPort } = port;
      const led: PublishedPort = {
        owner,
        protocol,
        hostAddress: LOOPBACK,
        hostPort,
        address: LOOPBACK,
        port: relay.port,
      };
      // What is published on ::1 alone is led to the relay alone.
      return boundAddress(port) ? [led] : [port, led];
    });
  }

  /** Passes nothing on any more. */
  [Symbol.dispose](): void {
    for (const relay of this.#relays.values()) relay[Symbol.dispose]();
    this.#relays.clear();
  }
}

/**
 * What the packet filter leads to a relay and is not among those wanted: of a
 * container that has ended, or of a daemon before.
 *
 * @param tag Begins the names of owners whose relays are meant.
 */
export function staleRelays(
  wanted: readonly PublishedPort[],
  tag: string,
): PublishedPort[] {
  if (isLoopbackAnswered()) return [];
  const kept = new Set(wanted.map(formatPort));
  return readPublished().filter((port) =>
    port.owner.startsWith(`${tag}/`) && isRelayed(port) &&
    !kept.has(formatPort(port))
  );
}

/** Whether the packet filter leads a port to a relay. */
export function isRelayed({ address }: PublishedPort): boolean {
  return sameAddress(address, LOOPBACK);
}

/** Whether the host's ::1 is among the addresses a port is published on. */
function needsRelay(port: PublishedPort): boolean {
  if (port.address.family !== 6 || port.protocol === "sctp") return false;
  const host = boundAddress(port);
  if (host && !sameAddress(host, LOOPBACK)) return false;
  return !port.from ||
    port.from.some((source) => containsAddress(source, LOOPBACK));
}

function isWithoutLoopback(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable ||
    (error instanceof SyscallError && error.code === "EADDRNOTAVAIL");
}

function keyOf(port: PublishedPort): string {
  return `${port.owner} ${formatPort(port)}`;
}
