/**
 * Messages over TCP, each behind its length: RFC 1035, section 4.2.2.
 *
 * @module
 */
import { EPOLL } from "../../sys/epoll.ts";
import { ERRNO } from "../../sys/errno.ts";
import type { Fd } from "../../sys/fd.ts";
import { receive, send } from "../../sys/inet_socket.ts";
import { Watch } from "../../sys/watch.ts";

/** A connection. Disposing closes it, and ends what waits for it. */
export class MessageStream implements Disposable {
  readonly #socket: Fd;
  readonly #watch: Watch;
  readonly #longest: number;
  #open = true;

  /**
   * Takes over a socket that does not block.
   *
   * @param longest The bytes of the longest message to be read.
   */
  constructor(socket: Fd, longest: number) {
    this.#socket = socket;
    this.#watch = new Watch(socket.number);
    this.#longest = longest;
  }

  /**
   * Waits for a whole message. Undefined when the connection ends first, time
   * does, or the message would be too long.
   *
   * @param until As `performance.now()` tells time: also for who sends a byte
   * now and then.
   */
  async read(until: number): Promise<Uint8Array | undefined> {
    const prefix = new Uint8Array(2);
    if (!await this.#transfer(receive, prefix, EPOLL.IN, until)) {
      return undefined;
    }
    const length = prefix[0]! << 8 | prefix[1]!;
    if (length === 0 || length > this.#longest) return undefined;
    const message = new Uint8Array(length);
    const isWhole = await this.#transfer(receive, message, EPOLL.IN, until);
    return isWhole ? message : undefined;
  }

  /** Sends a message. Returns whether the other end took all of it in time. */
  write(message: Uint8Array, until: number): Promise<boolean> {
    const framed = new Uint8Array(2 + message.length);
    framed.set([message.length >> 8, message.length & 0xff]);
    framed.set(message, 2);
    return this.#transfer(send, framed, EPOLL.OUT, until);
  }

  /** Fills or sends all of a buffer. */
  async #transfer(
    move: (socket: number, buffer: Uint8Array) => number,
    buffer: Uint8Array,
    event: number,
    until: number,
  ): Promise<boolean> {
    for (let at = 0; at < buffer.length;) {
      if (!this.#open) return false;
      const moved = move(this.#socket.number, buffer.subarray(at));
      if (moved > 0) at += moved;
      else if (moved !== -ERRNO.EAGAIN!) return false;
      else if (!await this.#watch.ready(event, until)) return false;
    }
    return true;
  }

  /** Closes the connection; a second time does nothing. */
  [Symbol.dispose](): void {
    this.#open = false;
    this.#watch[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }
}
