/**
 * Asking the host's servers what the network's names do not say.
 *
 * @module
 */
import { SyscallError } from "../../sys/errors.ts";
import type { Fd } from "../../sys/fd.ts";
import type { SocketAddress, Transport } from "../../sys/inet.ts";
import { connectTo, indexOfLink } from "../../sys/inet_socket.ts";
import { addressBytes } from "../address.ts";
import { formatNameServer, type NameServer } from "../names/resolv_conf.ts";
import { askByTcp, askByUdp, type Exchange } from "./exchange.ts";
import type { Resolvers } from "./host_resolvers.ts";
import type { Query } from "./query.ts";
import type { ServerReply } from "./upstream.ts";

/** What a forwarder needs. */
export interface ForwarderOptions {
  /** Whom to ask now. */
  readonly resolvers: () => Resolvers;
  /** The servers' port. */
  readonly port: number;
  /** Opens sockets in the network namespace the servers are reached from. */
  readonly inside: <T>(action: () => T) => T;
}

/**
 * How many questions may be under way, each with a descriptor: in all, for one
 * network, and for one asker there, lest one that asks for names nobody answers
 * stops the others.
 */
const MOST = 512;
const MOST_OF_NETWORK = 128;
const MOST_OF_ASKER = 64;

/** How long a server that did not answer is asked last, in milliseconds. */
const AVOIDED = 30_000;

/** Asks; disposing ends all that is under way. */
export class Forwarder implements Disposable {
  readonly #options: ForwarderOptions;
  readonly #exchanges = new Set<Exchange>();
  readonly #underWay = new Map<string, number>();
  readonly #avoided = new Map<string, number>();
  #open = true;

  /** Asks nothing yet. */
  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /**
   * Asks one server after the other, and all of them again if none answers.
   * Returns undefined if none does, or too much is under way; of servers that
   * say they cannot tell, the last one's word.
   *
   * @param asker Whose question it is, on that network.
   * @param transport By which it is answered: who asked by UDP gets an answer
   * that is cut as it came, with what fits, and asks again by TCP if they can.
   * @param servers Whom to ask instead of the usual ones.
   */
  async ask(
    query: Query,
    network: string,
    asker: string,
    transport: Transport,
    servers?: readonly NameServer[],
  ): Promise<Uint8Array | undefined> {
    const shares = [
      ["", MOST],
      [network, MOST_OF_NETWORK],
      [`${network} ${asker}`, MOST_OF_ASKER],
    ] as const;
    const isFull = shares.some(([share, most]) => this.#countOf(share) >= most);
    if (isFull) return undefined;
    for (const [share] of shares) this.#add(share, 1);
    try {
      return await this.#askAll(query, transport, servers);
    } finally {
      for (const [share] of shares) this.#add(share, -1);
    }
  }

  #countOf(share: string): number {
    return this.#underWay.get(share) ?? 0;
  }

  #add(share: string, change: 1 | -1): void {
    const count = this.#countOf(share) + change;
    if (count > 0) this.#underWay.set(share, count);
    else this.#underWay.delete(share);
  }

  async #askAll(
    query: Query,
    transport: Transport,
    instead: readonly NameServer[] | undefined,
  ): Promise<Uint8Array | undefined> {
    const { timeout, attempts, ...usual } = this.#options.resolvers();
    const servers = instead ?? usual.servers;
    const now = performance.now();
    const order = servers.toSorted((a, b) =>
      Number(this.#isAvoided(a, now)) - Number(this.#isAvoided(b, now))
    );
    let failure: Uint8Array | undefined;
    for (let attempt = 0; attempt < attempts && this.#open; attempt++) {
      for (const server of order) {
        const reply = await this.#askOne(server, query, transport, timeout);
        if (reply && !reply.failed) return reply.message;
        if (reply) failure = reply.message;
      }
      if (failure) return failure;
    }
    return undefined;
  }

  async #askOne(
    server: NameServer,
    query: Query,
    transport: Transport,
    timeout: number,
  ): Promise<ServerReply | undefined> {
    const reply = await this.#exchange("udp", server, query, timeout);
    if (!reply) this.#avoided.set(keyOf(server), performance.now() + AVOIDED);
    else this.#avoided.delete(keyOf(server));
    if (!reply?.truncated || transport === "udp") return reply;
    // What fits into a datagram is better than nothing.
    return await this.#exchange("tcp", server, query, timeout) ?? reply;
  }

  async #exchange(
    transport: Transport,
    server: NameServer,
    query: Query,
    timeout: number,
  ): Promise<ServerReply | undefined> {
    const { inside, port } = this.#options;
    let socket: Fd;
    try {
      socket = inside(() => connectTo(placeOf(server, port), transport));
    } catch (error) {
      // No route, or no descriptor left: the next server may be luckier.
      if (error instanceof SyscallError) return undefined;
      throw error;
    }
    if (!this.#open) {
      socket[Symbol.dispose]();
      return undefined;
    }
    const ask = transport === "udp" ? askByUdp : askByTcp;
    const exchange = ask(socket, query, performance.now() + timeout);
    this.#exchanges.add(exchange);
    try {
      return await exchange.reply;
    } finally {
      this.#exchanges.delete(exchange);
    }
  }

  #isAvoided(server: NameServer, now: number): boolean {
    return (this.#avoided.get(keyOf(server)) ?? 0) > now;
  }

  /** Nothing is under way any more: who waits is told undefined. */
  [Symbol.dispose](): void {
    this.#open = false;
    for (const exchange of this.#exchanges) exchange[Symbol.dispose]();
  }
}

function keyOf(server: NameServer): string {
  return formatNameServer(server);
}

/** RFC 4007, section 11.2: a zone is a link's name, or its index. */
function placeOf({ address, zone }: NameServer, port: number): SocketAddress {
  const bytes = addressBytes(address);
  if (zone === undefined) return { address: bytes, port };
  const isIndex = /^\d{1,9}$/.test(zone);
  return {
    address: bytes,
    port,
    scope: isIndex ? Number(zone) : indexOfLink(zone),
  };
}
