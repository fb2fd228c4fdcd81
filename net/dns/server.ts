/**
 * The DNS server of networks: one for all of them, listening on each bridge.
 *
 * A container asks the address of its network's bridge. The sockets hear that
 * bridge alone, so that nobody on another network, nor beyond the host, can ask
 * for a network's names.
 *
 * @module
 */
import { SyscallError } from "../../sys/errors.ts";
import type { Transport } from "../../sys/inet.ts";
import { indexOfLink, listenAt } from "../../sys/inet_socket.ts";
import { type Address, addressBytes, formatAddress } from "../address.ts";
import { answer, longestReply, type View } from "./answer.ts";
import { Forwarder } from "./forward.ts";
import { type Resolvers, watchResolvers } from "./host_resolvers.ts";
import { DnsListenError } from "./listen_error.ts";
import { type Query, RCODE } from "./query.ts";
import { encodeReply } from "./reply.ts";
import type { Serve } from "./serve.ts";
import { TcpListener } from "./tcp_listener.ts";
import { UdpListener } from "./udp_listener.ts";
import { fitReply } from "./upstream.ts";

/** Where a network's containers ask. */
export interface DnsNetwork {
  readonly name: string;
  /** The bridge, which is there. */
  readonly bridge: string;
  /** Its addresses. */
  readonly addresses: readonly Address[];
}

/** What a server needs. */
export interface DnsServerOptions {
  /**
   * What somebody on a network may see, by the address they ask from: who is on
   * several networks may see the names of all. Called for each query.
   */
  readonly look: (network: string, asker: Address) => View;
  /** Whom to ask for other names; the host's servers unless given. */
  readonly resolvers?: () => Resolvers;
  /** 53 unless given. */
  readonly port?: number;
  /** The port of the servers that are asked; 53 unless given. */
  readonly serverPort?: number;
  /**
   * Opens sockets in another network namespace than the one the process is in;
   * see `inNetns()`.
   */
  readonly inside?: <T>(action: () => T) => T;
}

/** What is open for a network. */
interface Listening {
  /** Bridge and addresses, told from others of their names. */
  readonly place: string;
  readonly sockets: DisposableStack;
}

const DNS_PORT = 53;

/**
 * Answers for the networks that were added. Disposing closes all sockets.
 *
 * @example
 * ```ts
 * using server = new DnsServer({
 *   look: () => ({ zones: [{ table }], forwards: true }),
 * });
 * server.add({ name: "front", bridge: "rkl0", addresses: [gateway] });
 * ```
 */
export class DnsServer implements Disposable {
  readonly #options: DnsServerOptions;
  readonly #forwarder: Forwarder;
  readonly #inside: <T>(action: () => T) => T;
  readonly #networks = new Map<string, Listening>();

  /** Listens nowhere yet. */
  constructor(options: DnsServerOptions) {
    this.#options = options;
    this.#inside = options.inside ?? ((action) => action());
    this.#forwarder = new Forwarder({
      resolvers: options.resolvers ?? watchResolvers(),
      port: options.serverPort ?? DNS_PORT,
      inside: this.#inside,
    });
  }

  /** The networks it answers for. */
  get networks(): string[] {
    return [...this.#networks.keys()];
  }

  /**
   * Begins to answer on a network, and does nothing if it does so already. A
   * bridge that was made anew is another one: sockets belong to a link, not to
   * its name.
   *
   * @throws {DnsListenError} with nothing of the network left open
   */
  add(network: DnsNetwork): void {
    const { name, bridge, addresses } = network;
    const index = this.#inside(() => indexOfLink(bridge));
    const place = [bridge, index, ...addresses.map(formatAddress)].join(" ");
    if (this.#networks.get(name)?.place === place) return;
    this.remove(name);
    using stack = new DisposableStack();
    for (const address of addresses) {
      stack.use(this.#listen(network, address, "udp", UdpListener));
      stack.use(this.#listen(network, address, "tcp", TcpListener));
    }
    this.#networks.set(name, { place, sockets: stack.move() });
  }

  /** Ends to answer on a network, if it did. */
  remove(name: string): void {
    this.#networks.get(name)?.sockets.dispose();
    this.#networks.delete(name);
  }

  #listen<T>(
    { name, bridge }: DnsNetwork,
    address: Address,
    transport: Transport,
    Listener: new (socket: ReturnType<typeof listenAt>, serve: Serve) => T,
  ): T {
    const port = this.#options.port ?? DNS_PORT;
    const at = { address: addressBytes(address), port };
    const serve: Serve = (message, asker) =>
      this.#serve(message, name, asker, transport);
    try {
      const socket = this.#inside(() => listenAt(at, transport, bridge));
      return new Listener(socket, serve);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      throw new DnsListenError(name, bridge, address, transport, error);
    }
  }

  #serve(
    message: Uint8Array,
    network: string,
    asker: Address,
    transport: Transport,
  ): ReturnType<Serve> {
    let servers: View["servers"];
    const outcome = answer(message, transport, () => {
      const view = this.#options.look(network, asker);
      servers = view.servers;
      return view;
    });
    if (outcome === undefined || outcome instanceof Uint8Array) return outcome;
    const place = { network, asker: formatAddress(asker) };
    return this.#forward(outcome, place, transport, servers);
  }

  async #forward(
    query: Query,
    { network, asker }: { network: string; asker: string },
    transport: Transport,
    servers: View["servers"],
  ): Promise<Uint8Array> {
    const longest = longestReply(query, transport);
    const reply = await this.#forwarder.ask(
      query,
      network,
      asker,
      transport,
      servers,
    );
    return reply
      ? fitReply(reply, query, longest)
      : encodeReply(query, { rcode: RCODE.SERVFAIL }, longest);
  }

  /** Closes all sockets. */
  [Symbol.dispose](): void {
    for (const name of this.networks) this.remove(name);
    this.#forwarder[Symbol.dispose]();
  }
}
