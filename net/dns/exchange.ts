/**
 * Asking one server one question, over UDP or TCP.
 *
 * Each question has a socket of its own: the kernel picks its port at random,
 * and lets through what comes from the server alone.
 *
 * @module
 */
import { EPOLL } from "../../sys/epoll.ts";
import { ERRNO } from "../../sys/errno.ts";
import type { Fd } from "../../sys/fd.ts";
import { receive, send } from "../../sys/inet_socket.ts";
import { Watch } from "../../sys/watch.ts";
import { MessageStream } from "./message_stream.ts";
import type { Query } from "./query.ts";
import { encodeForwarded, LONGEST_MESSAGE } from "./reply.ts";
import { readServerReply, type ServerReply } from "./upstream.ts";

/** A question under way. */
export interface Exchange extends Disposable {
  /** Undefined when there is no answer in time, or it was disposed of. */
  readonly reply: Promise<ServerReply | undefined>;
}

const buffer = new Uint8Array(LONGEST_MESSAGE);

/** Sends a question by a socket that is connected to the server. */
export function askByUdp(socket: Fd, query: Query, until: number): Exchange {
  const watch = new Watch(socket.number);
  const stack = new DisposableStack();
  stack.use(socket);
  stack.use(watch);
  const id = randomId();
  async function run(): Promise<ServerReply | undefined> {
    using _ = stack;
    const { number } = socket;
    if (send(number, encodeForwarded(query, id)) < 0) return undefined;
    while (await watch.ready(EPOLL.IN, until) && !stack.disposed) {
      const length = receive(number, buffer);
      if (length === -ERRNO.EAGAIN!) continue; // what came was spoilt
      if (length < 0) return undefined; // nobody listens there
      const reply = readServerReply(buffer.subarray(0, length), query, id);
      if (reply) return reply;
    }
    return undefined;
  }
  return { reply: run(), [Symbol.dispose]: () => stack.dispose() };
}

/** Sends a question by a socket that is being connected to the server. */
export function askByTcp(socket: Fd, query: Query, until: number): Exchange {
  const stream = new MessageStream(socket, LONGEST_MESSAGE);
  const id = randomId();
  async function run(): Promise<ServerReply | undefined> {
    using _ = stream;
    const question = encodeForwarded(query, id);
    if (!await stream.write(question, until)) return undefined;
    const message = await stream.read(until);
    return message && readServerReply(message, query, id);
  }
  return { reply: run(), [Symbol.dispose]: () => stream[Symbol.dispose]() };
}

function randomId(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0]!;
}
