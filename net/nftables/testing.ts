/**
 * A small world to try rules in, of network namespaces: a host with bridges,
 * containers on them, and another host. Nothing of it is outside of them.
 *
 * @module
 */
import type { Fd } from "../../sys/fd.ts";
import { receive, send } from "../../sys/inet_socket.ts";
import type { Address } from "../address.ts";
import { addAddress } from "../netlink/address.ts";
import { addBridge, setPort } from "../netlink/bridge.ts";
import { addVeth, setLink } from "../netlink/link.ts";
import { addRoute, DEFAULT_ROUTE, RT_TABLE, RTN } from "../netlink/route.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { inNetns, newNetns } from "../netns.ts";
import {
  firstAddress,
  nthAddress,
  parsePrefix,
  type Prefix,
} from "../prefix.ts";
import {
  arrives,
  connect,
  listen,
  reach,
  type Target,
} from "./testing_sockets.ts";

/** A machine that has one link, eth0, to the host. */
export interface Machine {
  readonly name: string;
  /** The host's link it is behind. */
  readonly link: string;
  /** Its own addresses; the host's are the first ones of the prefixes. */
  readonly addresses: readonly string[];
}

const BRIDGE_FILTER = ["iptables", "ip6tables"]
  .map((name) => `bridge/bridge-nf-call-${name}`);

/** The port that everybody serves. */
export const PORT = 80;

/** A connection to try. */
export interface Attempt extends Target {
  readonly from: string;
  /** Who should be reached. */
  readonly server: string;
}

/** Sends datagrams. */
export interface Client extends Disposable {
  /** Whether one gets to a server. */
  reaches(server: string, patience: number): boolean;
}

/** The world. */
export class Lab implements Disposable {
  readonly #stack = new DisposableStack();
  readonly #netns = new Map<string, Fd>();
  readonly #servers = new Map<string, Fd>();
  /** To the host's nf_tables. */
  readonly netfilter: NetlinkSocket;
  /** The host's namespace. */
  readonly host: Fd;

  /**
   * Makes a world of machines; links named `rkl…` are bridges. With
   * `bridgeFilter`, these are as br_netfilter has them, where it is loaded:
   * what passes a bridge goes through the rules for routed packets.
   */
  constructor(machines: readonly Machine[], bridgeFilter = false) {
    this.host = this.#stack.use(newNetns());
    this.#netns.set("host", this.host);
    using route = this.#open(this.host, "ROUTE");
    this.netfilter = this.#stack.use(this.#open(this.host, "NETFILTER"));
    route.request(setLink("lo", { up: true }));
    this.#setHost("ipv4/ip_forward", "ipv6/conf/all/forwarding");
    this.#set(this.host, 0, "ipv6/conf/default/accept_dad");
    if (hasBridgeFilter()) {
      const value = bridgeFilter ? 1 : 0;
      this.#set(this.host, value, ...BRIDGE_FILTER);
    }
    const bridges = new Map<string, number>();
    machines.forEach(({ name, link, addresses }, i) => {
      const netns = this.#stack.use(newNetns());
      this.#netns.set(name, netns);
      this.#set(netns, 0, "ipv6/conf/default/accept_dad");
      const prefixes = addresses.map(parsePrefix);
      const port = 100 + i;
      const isBridge = link.startsWith("rkl");
      const bridge = bridges.get(link);
      const index = isBridge ? bridge ?? 10 + i : port;
      if (isBridge && bridge === undefined) {
        route.request(addBridge({ name: link, index, up: true }));
        bridges.set(link, index);
      }
      route.request(addVeth(
        {
          name: isBridge ? `v${i}` : link,
          index: port,
          up: true,
          ...(isBridge && { master: index }),
        },
        { name: "eth0", index: 2, netns },
      ));
      if (bridge === undefined) {
        route.batch(
          prefixes.map((prefix) =>
            addAddress(index, { ...prefix, address: gatewayOf(prefix) })
          ),
        );
        if (isBridge) this.#serveLoopback(route, link, index);
      }
      if (isBridge) route.request(setPort(port, { hairpin: true }));
      // Without lo, a machine can send to 127.0.0.1 on the wire.
      using inside = this.#open(netns, "ROUTE");
      this.#set(netns, 1, "ipv4/conf/eth0/route_localnet");
      inside.batch([
        setLink(2, { up: true }),
        ...prefixes.map((prefix) => addAddress(2, prefix)),
        ...prefixes.map((prefix) =>
          addRoute({
            to: DEFAULT_ROUTE[prefix.address.family],
            via: gatewayOf(prefix),
            index: 2,
          })
        ),
      ]);
      this.#serve(name);
    });
    this.#serve("host");
  }

  /**
   * Lets one machine connect to an address, and returns whom the other one
   * takes it for; undefined when it does not get there and back in time.
   */
  reach(attempt: Attempt): string | undefined {
    const listener = this.#servers.get(
      `${attempt.server} ${attempt.protocol}`,
    )!;
    return reach(this.#netns.get(attempt.from)!, listener, attempt);
  }

  /** A client with one port of its own, whose datagrams are all one flow. */
  client(from: string, to: string, port: number): Client {
    const netns = this.#netns.get(from)!;
    const client = connect(netns, { protocol: "udp", to, port });
    const byte = new Uint8Array(1);
    return {
      reaches: (server, patience) => {
        send(client.number, byte);
        const listener = this.#servers.get(`${server} udp`)!;
        if (!arrives(listener, patience)) return false;
        receive(listener.number, byte);
        return true;
      },
      [Symbol.dispose]: () => client[Symbol.dispose](),
    };
  }

  /** Runs a program on the host and returns what it prints. */
  run(program: string, ...args: string[]): string {
    const command = new Deno.Command(program, { args });
    const result = inNetns(this.host, () => command.outputSync());
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (!result.success) throw new Error(text(result.stderr));
    return text(result.stdout);
  }

  /** Nothing of it is left. */
  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #open(netns: Fd, family: "ROUTE" | "NETFILTER"): NetlinkSocket {
    return inNetns(netns, () => new NetlinkSocket(family));
  }

  /** Listens on {@linkcode PORT}. */
  #serve(machine: string): void {
    for (const protocol of ["tcp", "udp"] as const) {
      const server = listen(this.#netns.get(machine)!, protocol, PORT);
      this.#stack.use(server);
      this.#servers.set(`${machine} ${protocol}`, server);
    }
  }

  /** Lets answers from a bridge reach the host's loopback. */
  #serveLoopback(route: NetlinkSocket, bridge: string, index: number): void {
    this.#setHost(`ipv4/conf/${bridge}/route_localnet`);
    route.request(addRoute({
      to: parsePrefix("::1/128"),
      index,
      table: RT_TABLE.LOCAL,
      type: RTN.LOCAL,
      metric: 2000 + index, // behind that of lo, and each its own
    }));
  }

  #setHost(...names: string[]): void {
    this.#set(this.host, 1, ...names);
  }

  #set(netns: Fd, value: number, ...names: string[]): void {
    inNetns(netns, () => {
      for (const name of names) {
        Deno.writeTextFileSync(`/proc/sys/net/${name}`, `${value}`);
      }
    });
  }
}

/** Whether br_netfilter is loaded. */
export function hasBridgeFilter(): boolean {
  try {
    return Deno.statSync(`/proc/sys/net/${BRIDGE_FILTER[0]}`).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The host's address of a prefix. */
export function gatewayOf(prefix: Prefix): Address {
  return nthAddress({ ...prefix, address: firstAddress(prefix) }, 1n);
}
