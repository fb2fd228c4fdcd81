/**
 * Queries by TCP: several by one connection, one after the other (RFC 7766).
 *
 * @module
 */
import { EPOLL } from "../../sys/epoll.ts";
import { isShortage } from "../../sys/errors.ts";
import type { Fd } from "../../sys/fd.ts";
import { addressIn } from "../../sys/inet.ts";
import { accept } from "../../sys/inet_socket.ts";
import { Watch } from "../../sys/watch.ts";
import { type Address, addressFromBytes, formatAddress } from "../address.ts";
import { MessageStream } from "./message_stream.ts";
import type { Serve } from "./serve.ts";

/** What connections may take. */
export interface TcpLimits {
  /** How many there are; others wait. */
  readonly connections: number;
  /** How many of them one asker has; others are closed. */
  readonly ofAsker: number;
  /**
   * How long one waits for a whole query, and then for its answer to be taken,
   * in milliseconds.
   */
  readonly idle: number;
}

/** A container may keep a few connections, but never all. */
export const TCP_LIMITS: TcpLimits = {
  connections: 64,
  ofAsker: 16,
  idle: 10_000,
};

/** A query is a name and some options; what is longer is none. */
const LONGEST_QUERY = 4096;

/** How long to wait when there are no descriptors, in milliseconds. */
const PAUSE = 100;

/** Answers until it is disposed of, which closes all connections. */
export class TcpListener implements Disposable {
  readonly #socket: Fd;
  readonly #watch: Watch;
  readonly #serve: Serve;
  readonly #limits: TcpLimits;
  readonly #connections = new Map<MessageStream, string>();
  #freed: (() => void) | undefined;
  #open = true;

  /** Takes over a listening socket, and answers who connects. */
  constructor(socket: Fd, serve: Serve, limits: TcpLimits = TCP_LIMITS) {
    this.#socket = socket;
    this.#watch = new Watch(socket.number);
    this.#serve = serve;
    this.#limits = limits;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#open) {
      if (this.#connections.size >= this.#limits.connections) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#freed = resolve;
        await promise;
      } else if (await this.#watch.ready(EPOLL.IN)) {
        await this.#accept();
      }
    }
  }

  async #accept(): Promise<void> {
    const accepted = accept(this.#socket.number);
    if (typeof accepted !== "number") {
      this.#take(accepted.socket, addressFromBytes(addressIn(accepted.peer)));
    } else if (isShortage(-accepted)) {
      await this.#watch.ready(0, performance.now() + PAUSE);
    }
  }

  #take(socket: Fd, asker: Address): void {
    const key = formatAddress(asker);
    const own = this.#connections.values().filter((other) => other === key);
    if (own.toArray().length >= this.#limits.ofAsker) socket[Symbol.dispose]();
    else void this.#converse(new MessageStream(socket, LONGEST_QUERY), asker);
  }

  async #converse(stream: MessageStream, asker: Address): Promise<void> {
    using _ = stream;
    this.#connections.set(stream, formatAddress(asker));
    const { idle } = this.#limits;
    for (;;) {
      const message = await stream.read(performance.now() + idle);
      if (!message) break;
      const reply = await this.#serve(message, asker);
      if (!reply) break;
      if (!await stream.write(reply, performance.now() + idle)) break;
    }
    this.#connections.delete(stream);
    this.#freed?.();
  }

  /** Closes all sockets; a second time does nothing. */
  [Symbol.dispose](): void {
    this.#open = false;
    this.#watch[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
    for (const stream of this.#connections.keys()) stream[Symbol.dispose]();
    this.#freed?.();
  }
}
