/**
 * Messages that are sent, put together by the library around the question as it
 * came: the asker compares its bytes, the case of letters among them.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import {
  type Answer,
  answer as answerCodec,
  encode,
  type OptAnswer,
  type Packet,
} from "@dnsquery/dns-packet";
import { type Edns, FLAG, HEADER, type Heading, type Query } from "./query.ts";

/**
 * How many bytes of UDP are sent and taken: what passes any link without being
 * cut into pieces. More goes over TCP.
 */
export const PAYLOAD = 1232;

/** The most that RFC 1035, section 4.2.1 allows, where nothing is agreed. */
const SMALLEST_PAYLOAD = 512;

/** The most that TCP's length field can say. */
export const LONGEST_MESSAGE = 0xffff;

/** What is answered. */
export interface Reply {
  readonly rcode: number;
  /** Whether the name is one of the network's own. */
  readonly authoritative?: boolean;
  readonly answers?: readonly Answer[];
  /** Whether there is more than this; set when answers do not fit, too. */
  readonly truncated?: boolean;
}

/** An OPT record: the library's type lacks what the library writes. */
interface Opt extends OptAnswer {
  readonly udpPayloadSize: number;
  readonly extendedRcode: number;
  readonly ednsVersion: number;
  readonly flags: number;
}

/** How long an answer over UDP may be. */
export function longestDatagram({ edns }: Query): number {
  const wanted = edns?.payload ?? SMALLEST_PAYLOAD;
  return Math.min(PAYLOAD, Math.max(SMALLEST_PAYLOAD, wanted));
}

/**
 * An answer of no more than `longest` bytes. Of addresses that do not all fit,
 * the first are given: who cannot ask again by TCP has some.
 */
export function encodeReply(
  query: Query,
  { rcode, answers = [], ...reply }: Reply,
  longest: number,
): Uint8Array {
  const { edns } = query;
  const opt = edns ? [optOf(edns, rcode >> 4)] : [];
  const empty = HEADER + query.question.length + sizeOf(opt);
  const kept = takeFitting(answers, longest - empty);
  const truncated = reply.truncated || kept.length < answers.length;
  return assemble({
    id: query.id,
    type: "response",
    flags: flagsOf(query, rcode) |
      (reply.authoritative ? FLAG.AUTHORITATIVE : 0) |
      (truncated ? FLAG.TRUNCATED : 0),
    answers: kept,
    additionals: opt,
  }, query.question);
}

/** An answer to a message without a question: a header. */
export function encodeRefusal(heading: Heading, rcode: number): Uint8Array {
  const opcode = heading.flags & FLAG.OPCODE;
  const flags = flagsOf(heading, rcode) | opcode;
  return encode({ id: heading.id, type: "response", flags });
}

/** What is asked of a server in a query's stead, by another id. */
export function encodeForwarded(query: Query, id: number): Uint8Array {
  const { edns, flags } = query;
  const passed = FLAG.RECURSION_DESIRED | FLAG.AUTHENTIC |
    FLAG.CHECKING_DISABLED;
  return assemble({
    id,
    type: "query",
    flags: flags & passed,
    // Options are between two neighbours (RFC 7873, cookies) and stay behind.
    additionals: edns ? [optOf(edns, 0)] : [],
  }, query.question);
}

/** The library's encoding, which has no compression, with a question in it. */
function assemble(packet: Packet, question: Uint8Array): Uint8Array {
  const bytes = encode(packet);
  const whole = new Uint8Array(bytes.length + question.length);
  whole.set(bytes.subarray(0, HEADER));
  whole.set(question, HEADER);
  whole.set(bytes.subarray(HEADER), HEADER + question.length);
  viewOf(whole).setUint16(4, 1);
  return whole;
}

function flagsOf({ flags }: Heading, rcode: number): number {
  const passed = FLAG.RECURSION_DESIRED | FLAG.CHECKING_DISABLED;
  return (flags & passed) | FLAG.RECURSION_AVAILABLE | (rcode & FLAG.RCODE);
}

function optOf({ dnssec }: Edns, extendedRcode: number): Opt {
  return {
    type: "OPT",
    name: ".",
    udpPayloadSize: PAYLOAD,
    extendedRcode,
    ednsVersion: 0,
    flags: dnssec ? 0x8000 : 0,
    data: [],
  };
}

function takeFitting(answers: readonly Answer[], room: number): Answer[] {
  let left = room;
  const over = answers.findIndex((answer) => {
    left -= answerCodec.encodingLength(answer);
    return left < 0;
  });
  return answers.slice(0, over === -1 ? answers.length : over);
}

function sizeOf(answers: readonly Answer[]): number {
  return answers.reduce(
    (sum, answer) => sum + answerCodec.encodingLength(answer),
    0,
  );
}
