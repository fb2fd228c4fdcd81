/**
 * Queries by UDP.
 *
 * @module
 */
import { EPOLL } from "../../sys/epoll.ts";
import type { Fd } from "../../sys/fd.ts";
import { addressIn, SOCKADDR_SIZE } from "../../sys/inet.ts";
import { receive, send } from "../../sys/inet_socket.ts";
import { Watch } from "../../sys/watch.ts";
import { addressFromBytes } from "../address.ts";
import { LONGEST_MESSAGE } from "./reply.ts";
import type { Serve } from "./serve.ts";

/** How many queries are answered before others get their turn. */
const MOST_AT_ONCE = 64;

/** The message that is being answered, and who sent it. */
const buffer = new Uint8Array(LONGEST_MESSAGE);
const sockaddr = new Uint8Array(SOCKADDR_SIZE);

/** Answers until it is disposed of, which closes the socket. */
export class UdpListener implements Disposable {
  readonly #socket: Fd;
  readonly #watch: Watch;
  readonly #serve: Serve;
  #open = true;

  /** Takes over a bound socket, and answers what comes. */
  constructor(socket: Fd, serve: Serve) {
    this.#socket = socket;
    this.#watch = new Watch(socket.number);
    this.#serve = serve;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (await this.#watch.ready(EPOLL.IN)) {
      for (let i = 0; i < MOST_AT_ONCE && this.#open; i++) {
        const length = receive(this.#socket.number, buffer, sockaddr);
        if (length < 0) break; // nothing, or what came was spoilt
        this.#answer(buffer.subarray(0, length));
      }
    }
  }

  #answer(message: Uint8Array): void {
    const asker = addressFromBytes(addressIn(sockaddr));
    const reply = this.#serve(message, asker);
    if (reply instanceof Promise) {
      const sender = sockaddr.slice();
      void reply.then((late) => this.#send(late, sender));
    } else this.#send(reply, sockaddr);
  }

  /** What cannot be sent is lost, as datagrams are: it is asked for again. */
  #send(reply: Uint8Array | undefined, sender: Uint8Array): void {
    if (reply && this.#open) send(this.#socket.number, reply, sender);
  }

  /** Closes the socket; a second time does nothing. */
  [Symbol.dispose](): void {
    this.#open = false;
    this.#watch[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }
}
