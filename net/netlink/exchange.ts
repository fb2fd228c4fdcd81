/**
 * How requests and answers are matched, over anything that carries datagrams.
 *
 * The kernel acts on a request, and queues its answer, before the call that
 * sends it returns, so nothing here waits: an empty queue is the end.
 *
 * @module
 */
import { join } from "../../sys/memory.ts";
import { LostAnswerError, NetlinkError, UnsettledDumpError } from "./errors.ts";
import {
  decodeMessages,
  decodeVerdict,
  encodeRequest,
  type Message,
  NLM_F,
  NLMSG,
  type Request,
} from "./message.ts";

/** Carries datagrams to the kernel and from it. */
export interface Transport {
  /** Returns once the kernel has acted on it. */
  send(datagram: Uint8Array): void;
  /** The next datagram, a sign that some are lost, or undefined: no more. */
  receive(): Uint8Array | Overrun | undefined;
}

/** Datagrams were dropped. */
export interface Overrun {
  /** Why. */
  readonly overrun: string;
}

/** What came of one request of a batch: its answers, or why there are none. */
export type Outcome = Message[] | NetlinkError | LostAnswerError;

/** How often a list that keeps changing is read before giving up. */
const DUMP_ATTEMPTS = 50;

/** Numbers requests, and finds their answers. */
export class Exchange {
  #seq = 0;
  /** Whether answers may be left that nobody read. */
  #dirty = false;

  /** Uses a transport that nobody else reads from. */
  constructor(private readonly transport: Transport) {}

  /**
   * Sends requests in one datagram and returns what came of each. The kernel
   * goes on after one that fails. A request without ACK is taken to have
   * worked unless the kernel says otherwise.
   *
   * @throws {MalformedMessageError}
   */
  send(requests: readonly Request[]): Outcome[] {
    const first = this.#begin(requests.length);
    this.transport.send(
      join(requests.map((request, i) => encodeRequest(request, first + i))),
    );
    const answers = requests.map((): Message[] => []);
    const verdicts: (NetlinkError | true | undefined)[] = [];
    let overrun: string | undefined;
    for (const received of this.#receiveAll()) {
      if ("overrun" in received) {
        ({ overrun } = received);
        continue;
      }
      const index = received.seq - first;
      const request = requests[index];
      if (!request || received.type === NLMSG.NOOP) continue;
      if (received.type !== NLMSG.ERROR) {
        answers[index]!.push(received);
        continue;
      }
      const verdict = decodeVerdict(received);
      if (verdict.errno === 0) verdicts[index] ??= true;
      else verdicts[index] = new NetlinkError(request, verdict);
    }
    this.#dirty = false;
    return requests.map((request, i) => {
      const hasAck = (request.flags & NLM_F.ACK) !== 0;
      const silenceIsGood = !hasAck && overrun === undefined;
      const verdict = verdicts[i] ?? silenceIsGood;
      if (verdict === true) return answers[i]!;
      return verdict || new LostAnswerError(request, overrun ?? "none came");
    });
  }

  /**
   * Reads a list to its end, again when it changed meanwhile or did not fit.
   *
   * @throws {NetlinkError} when the kernel refuses
   * @throws {UnsettledDumpError}
   * @throws {MalformedMessageError}
   */
  dump(request: Request): Message[] {
    let reason = "";
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const result = this.#dumpOnce(request);
      if (Array.isArray(result)) return result;
      reason = result.overrun;
    }
    throw new UnsettledDumpError(request, DUMP_ATTEMPTS, reason);
  }

  #dumpOnce(request: Request): Message[] | Overrun {
    const seq = this.#begin(1);
    const flags = request.flags | NLM_F.DUMP;
    this.transport.send(encodeRequest({ ...request, flags }, seq));
    const answers: Message[] = [];
    let flaw: Overrun | undefined;
    let ended = false;
    for (const received of this.#receiveAll()) {
      if ("overrun" in received) {
        flaw = received;
        continue;
      }
      const { type } = received;
      if (received.seq !== seq || type === NLMSG.NOOP) continue;
      if (received.flags & NLM_F.DUMP_INTR) flaw = { overrun: "it changed" };
      if (type !== NLMSG.DONE && type !== NLMSG.ERROR) {
        answers.push(received);
        continue;
      }
      const verdict = decodeVerdict(received);
      if (verdict.errno !== 0) throw new NetlinkError(request, verdict);
      ended = true;
    }
    this.#dirty = false;
    return flaw ?? (ended ? answers : { overrun: "its end is missing" });
  }

  /**
   * Reads and drops what an exchange that threw has left; then the first of
   * `count` sequence numbers in a row. 0 is never one: it is the kernel's own.
   */
  #begin(count: number): number {
    while (this.#dirty && this.transport.receive());
    this.#dirty = true;
    if (this.#seq + count > 0xffff_ffff) this.#seq = 0;
    const first = this.#seq + 1;
    this.#seq += count;
    return first;
  }

  *#receiveAll(): Generator<Message | Overrun> {
    for (;;) {
      const received = this.transport.receive();
      if (!received) return;
      if ("overrun" in received) yield received;
      else yield* decodeMessages(received);
    }
  }
}
