/**
 * What passes the networks of containers, read again and again.
 *
 * Ports of rkl's own bridges are counted on the host's side, all by one list of
 * the kernel's: nothing is held that would keep a container's namespace after
 * its end. Where a container has other interfaces, those in its namespace are
 * read, by /proc.
 *
 * @module
 */
import { portOf } from "../net/attach.ts";
import { decodeLinkStats, listLinkStats } from "../net/netlink/link_stats.ts";
import { decodeLink, listLinks } from "../net/netlink/link.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { tryFindNetwork } from "../net/network_store.ts";
import type { Store } from "../runtime/store.ts";
import { type Container, isOnCni } from "./store.ts";

/** Bytes that a container has received and sent. */
export interface Traffic {
  /** From its networks. */
  readonly received: number;
  /** To its networks. */
  readonly sent: number;
}

/** Nothing yet, or no network: docker tells no difference. */
export const NO_TRAFFIC: Traffic = { received: 0, sent: 0 };

/** Where a container's traffic is read. */
export type TrafficSource =
  /** Nowhere: it has no network, or the host's. */
  | { readonly kind: "none" }
  /** At these ports of bridges, by name. */
  | { readonly kind: "ports"; readonly names: readonly string[] }
  /** In the namespace of its processes. */
  | { readonly kind: "namespace" };

/** Where a container's traffic is to be read. */
export function trafficSource(
  store: Store,
  { id, network }: Container,
): TrafficSource {
  if (!network || network.kind === "none" || network.kind === "host") {
    return { kind: "none" };
  }
  if (network.kind !== "networks" || isOnCni(store, id)) {
    return { kind: "namespace" };
  }
  const names = network.networks.flatMap(({ name }) => {
    const found = tryFindNetwork(store, name);
    return found ? [portOf(id, found.id).name] : [];
  });
  return { kind: "ports", names };
}

/** Reads the traffic of containers. */
export class TrafficMeter implements Disposable {
  #socket: NetlinkSocket | undefined;
  /** Ports by name; forgotten when there may be others. */
  #indexes: ReadonlyMap<string, number> | undefined;
  #counts: ReadonlyMap<number, Traffic> = new Map();

  /** Has ports that were made meanwhile be found. */
  forgetPorts(): void {
    this.#indexes = undefined;
  }

  /** Looks at the ports of all containers, of which {@linkcode read} tells. */
  countPorts(sources: Iterable<TrafficSource>): void {
    const some = Iterator.from(sources)
      .some((source) => source.kind === "ports" && source.names.length > 0);
    if (!some) return;
    const socket = this.#socket ??= new NetlinkSocket("ROUTE");
    this.#indexes ??= new Map(
      socket.dump(listLinks({ kind: "veth" })).map((message) => {
        const { name, index } = decodeLink(message);
        return [name, index];
      }),
    );
    this.#counts = new Map(
      socket.dump(listLinkStats()).map((message) => {
        const { index, received, sent } = decodeLinkStats(message);
        // What the host receives there, the container has sent.
        return [index, { received: sent, sent: received }];
      }),
    );
  }

  /** What a container has received and sent; `pid` is one of its processes. */
  read(source: TrafficSource, pid: number): Traffic {
    switch (source.kind) {
      case "none":
        return NO_TRAFFIC;
      case "ports":
        return add(source.names.map((name) => {
          const index = this.#indexes?.get(name);
          return this.#counts.get(index ?? 0) ?? NO_TRAFFIC;
        }));
      case "namespace":
        return parseDevices(tryRead(`/proc/${pid}/net/dev`) ?? "");
    }
  }

  /** Asks no more. */
  [Symbol.dispose](): void {
    this.#socket?.[Symbol.dispose]();
  }
}

function add(all: readonly Traffic[]): Traffic {
  return all.reduce((sum, { received, sent }) => ({
    received: sum.received + received,
    sent: sum.sent + sent,
  }), NO_TRAFFIC);
}

/** The sum over the interfaces of /proc/PID/net/dev but lo. */
export function parseDevices(text: string): Traffic {
  return add(
    text.split("\n").flatMap((line) => {
      const [, name, rest] = /^\s*([^\s:]+):(.*)$/.exec(line) ?? [];
      if (name === undefined || name === "lo") return [];
      // Eight columns of what was received, then as many of what was sent.
      const columns = rest!.trim().split(/\s+/).map(Number);
      return [{ received: columns[0] ?? 0, sent: columns[8] ?? 0 }];
    }),
  );
}

/** A process that has ended has no such file. */
function tryRead(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const gone = error instanceof Deno.errors.NotFound ||
      /os error (3|22)\b/.test((error as Error).message);
    if (gone) return undefined;
    throw error;
  }
}
