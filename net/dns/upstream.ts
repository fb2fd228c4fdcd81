/**
 * What a server that was asked answers: whether it is the answer to the
 * question, and what of it goes to the asker.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import { endOfQuestion, FLAG, HEADER, type Query, RCODE } from "./query.ts";
import { encodeReply } from "./reply.ts";

/** A server's answer. */
export interface ServerReply {
  /** With the id and the question as they were asked for. */
  readonly message: Uint8Array;
  /** Whether there is more of it over TCP. */
  readonly truncated: boolean;
  /**
   * Whether it says nothing of the name, but that this server cannot tell:
   * another one may.
   */
  readonly failed: boolean;
}

/** What a server says that has no answer. */
const FAILURES: readonly number[] = [
  RCODE.FORMERR,
  RCODE.SERVFAIL,
  RCODE.NOTIMP,
  RCODE.REFUSED,
];

/**
 * Reads an answer to `query`, asked by `id`. Returns undefined for anything
 * else: whoever guesses the port has to guess the id too (RFC 5452, section 9).
 */
export function readServerReply(
  message: Uint8Array,
  query: Query,
  id: number,
): ServerReply | undefined {
  if (message.length < HEADER) return undefined;
  const view = viewOf(message);
  const flags = view.getUint16(2);
  if (view.getUint16(0) !== id) return undefined;
  if (!(flags & FLAG.RESPONSE) || flags & FLAG.OPCODE) return undefined;
  const failed = FAILURES.includes(flags & FLAG.RCODE);
  const questions = view.getUint16(4);
  // Who cannot read a question may leave it out.
  if (questions === 0 && failed && message.length === HEADER) {
    const rcode = flags & FLAG.RCODE;
    const reply = encodeReply(query, { rcode }, message.length);
    return { message: reply, truncated: false, failed };
  }
  if (questions !== 1) return undefined;
  const end = endOfQuestion(message);
  if (end === undefined) return undefined;
  if (!sameQuestion(message.subarray(HEADER, end), query.question)) {
    return undefined;
  }
  const reply = message.slice();
  viewOf(reply).setUint16(0, query.id);
  reply.set(query.question, HEADER); // in the asker's case of letters
  return { message: reply, truncated: (flags & FLAG.TRUNCATED) !== 0, failed };
}

/** A server's answer, or what says that it is too long for UDP. */
export function fitReply(
  message: Uint8Array,
  query: Query,
  longest: number,
): Uint8Array {
  if (message.length <= longest) return message;
  const rcode = viewOf(message).getUint16(2) & FLAG.RCODE;
  return encodeReply(query, { rcode, truncated: true }, longest);
}

/** Whether two questions are the same but for the case of letters. */
function sameQuestion(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  const name = a.length - 4;
  return a.every((byte, i) =>
    byte === b[i] || i < name && lower(byte) === lower(b[i]!)
  );
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
