/**
 * A connection over which lines go.
 *
 * @module
 */
import { EPOLL, waitFor } from "../sys/epoll.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Fd, read, write } from "../sys/fd.ts";
import { LONGEST_LINE } from "./protocol.ts";

/** Errors of a connection whose other end is gone. */
const BROKEN = new Set(["EPIPE", "ECONNRESET"]);

/** Sends and receives lines over a socket that does not block. */
export class LineSocket implements Disposable {
  readonly #fd: Fd;
  #received = "";
  #stopWaiting = () => {};
  readonly #decoder = new TextDecoder();
  readonly #buffer = new Uint8Array(4096);

  /** Takes over the socket. */
  constructor(fd: Fd) {
    this.#fd = fd;
  }

  /**
   * Sends a line. False when the other end is gone, or has not read for so long
   * that there is no room.
   */
  send(message: unknown): boolean {
    const bytes = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
    try {
      return write(this.#fd.number, bytes) === bytes.length;
    } catch (error) {
      return isBroken(error);
    }
  }

  /**
   * The next line; undefined when the other end closed or says too much. Never
   * resolves once this was disposed of. One call at a time.
   */
  async receive(): Promise<string | undefined> {
    for (;;) {
      const end = this.#received.indexOf("\n");
      if (end >= 0) {
        const line = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 1);
        return line;
      }
      if (this.#received.length > LONGEST_LINE) return undefined;
      const wait = waitFor(this.#fd.number, EPOLL.IN);
      this.#stopWaiting = wait.cancel;
      await wait.events;
      this.#stopWaiting = () => {};
      if (!this.#read()) return undefined;
    }
  }

  /** False at the end. */
  #read(): boolean {
    try {
      const count = read(this.#fd.number, this.#buffer);
      if (count === undefined) return true;
      const bytes = this.#buffer.subarray(0, count);
      this.#received += this.#decoder.decode(bytes, { stream: true });
      return count > 0;
    } catch (error) {
      return isBroken(error);
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#stopWaiting();
    this.#fd[Symbol.dispose]();
  }
}

/** False for an error that only says so; others are thrown. */
function isBroken(error: unknown): false {
  if (error instanceof SyscallError && BROKEN.has(error.code)) return false;
  throw error;
}
