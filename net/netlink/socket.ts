/**
 * A socket on which the kernel is asked for things, and does them.
 *
 * It belongs to the network namespace in which it was opened and may be used
 * from anywhere. Calls are synchronous: the kernel acts and answers at once.
 *
 * @module
 */
import { SyscallError } from "../../sys/errors.ts";
import type { Fd } from "../../sys/fd.ts";
import {
  growReceiveBuffer,
  NETLINK,
  NETLINK_OPTION,
  openNetlink,
  receiveNetlink,
  sendNetlink,
  setNetlinkOption,
} from "../../sys/netlink.ts";
import { NetlinkError } from "./errors.ts";
import { Exchange, type Outcome, type Overrun } from "./exchange.ts";
import type { Message, Request } from "./message.ts";

/** How many bytes of answers may wait: some thousand acknowledgements. */
const RECEIVE_BUFFER = 8 << 20;

/** How many questions are asked at once: each answer takes a kilobyte there. */
const QUESTIONS = 1000;

/** Sends requests and returns their answers. */
export class NetlinkSocket implements Disposable {
  readonly #fd: Fd;
  readonly #exchange: Exchange;

  /**
   * Opens a socket in the network namespace the calling thread is in; see
   * `inNetns()`.
   *
   * @throws {SyscallError} where the kernel lacks the family, or is older than
   * 4.20
   */
  constructor(family: keyof typeof NETLINK) {
    const fd = openNetlink(NETLINK[family]);
    this.#fd = fd;
    this.#exchange = new Exchange({
      send: (datagram) => sendNetlink(fd, datagram),
      receive: receiver(fd),
    });
    try {
      // Errors with the kernel's words, without the request's whole text; and
      // lists of just what was asked for.
      setNetlinkOption(fd, NETLINK_OPTION.EXT_ACK, 1);
      setNetlinkOption(fd, NETLINK_OPTION.CAP_ACK, 1);
      setNetlinkOption(fd, NETLINK_OPTION.GET_STRICT_CHK, 1);
      // Where this is not allowed, an answer that found no room counts as lost.
      growReceiveBuffer(fd, RECEIVE_BUFFER);
    } catch (error) {
      fd[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Has one request carried out and returns its answers, if it has any.
   *
   * @throws {NetlinkError} when the kernel refuses
   * @throws {LostAnswerError}
   */
  request(request: Request): Message[] {
    return this.batch([request])[0]!;
  }

  /**
   * Has requests carried out in order, in one round trip, and returns the
   * answers of each. One that fails does not stop those after it, unless a
   * family has transactions and the requests make one.
   *
   * @throws {NetlinkError} the first, when the kernel refuses any
   * @throws {LostAnswerError}
   */
  batch(requests: readonly Request[]): Message[][] {
    const outcomes = this.tryBatch(requests);
    const failures = outcomes.filter((outcome) => outcome instanceof Error);
    const cause = failures.find((error) => error instanceof NetlinkError);
    if (failures.length > 0) throw cause ?? failures[0];
    return outcomes as Message[][];
  }

  /** The same, with what came of each request instead of an error for all. */
  tryBatch(requests: readonly Request[]): Outcome[] {
    return requests.length === 0 ? [] : this.#exchange.send(requests);
  }

  /** The same for any number of questions, whose answers may not fit at once. */
  askAll(questions: readonly Request[]): Outcome[] {
    const outcomes: Outcome[] = [];
    for (let at = 0; at < questions.length; at += QUESTIONS) {
      const some = questions.slice(at, at + QUESTIONS);
      outcomes.push(...this.tryBatch(some));
    }
    return outcomes;
  }

  /**
   * Reads a list to its end, again when it changed meanwhile.
   *
   * @throws {NetlinkError} when the kernel refuses
   * @throws {UnsettledDumpError}
   */
  dump(request: Request): Message[] {
    return this.#exchange.dump(request);
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }
}

/**
 * Receives what the kernel sends to a socket, and nothing from processes that
 * know its number. The buffer grows with the datagrams.
 */
export function receiver(socket: Fd): () => Uint8Array | Overrun | undefined {
  let buffer = new Uint8Array(32 << 10); // the most a dump puts in one
  return () => {
    for (;;) {
      let received: ReturnType<typeof receiveNetlink>;
      try {
        received = receiveNetlink(socket, buffer);
      } catch (error) {
        if (!(error instanceof SyscallError)) throw error;
        if (error.code !== "ENOBUFS") throw error;
        return { overrun: "more came than the socket's buffer holds" };
      }
      if (!received) return undefined;
      const { length, sender } = received;
      if (sender !== 0) continue;
      if (length <= buffer.length) return buffer.slice(0, length);
      const overrun = `${length} bytes came, with room for ${buffer.length}`;
      buffer = new Uint8Array(length);
      return { overrun };
    }
  };
}
