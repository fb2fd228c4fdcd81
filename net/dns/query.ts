/**
 * What somebody asks: a message of RFC 1035, section 4, held against all that
 * could be wrong with it before the library sees any of it.
 *
 * The library makes room for as many records as a header claims, and follows
 * pointers however many there are. So it is given the question alone, in which
 * a pointer has nothing before it to point to.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import { question as questionCodec } from "@dnsquery/dns-packet";

/** The length of a header. */
export const HEADER = 12;

/** Bits of the header's second word, from RFC 1035 and RFC 4035. */
export const FLAG = {
  RESPONSE: 0x8000,
  OPCODE: 0x7800,
  AUTHORITATIVE: 0x0400,
  TRUNCATED: 0x0200,
  RECURSION_DESIRED: 0x0100,
  RECURSION_AVAILABLE: 0x0080,
  AUTHENTIC: 0x0020,
  CHECKING_DISABLED: 0x0010,
  RCODE: 0x000f,
} as const;

/** How an answer ended; BADVERS is that of EDNS (RFC 6891, section 9). */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

/** What tells an answer from others'. */
export interface Heading {
  readonly id: number;
  /** As it came: see {@linkcode FLAG}. */
  readonly flags: number;
}

/** A question that can be answered. */
export interface Query extends Heading {
  /** Name, type and class as they came, the case of letters included. */
  readonly question: Uint8Array;
  /**
   * As text, in the case it came in. Undefined if it has bytes that text does
   * not keep: then it is no name of a container.
   */
  readonly name: string | undefined;
  /** Such as `A`. */
  readonly type: string;
  /** Such as `IN`. */
  readonly class: string;
  /** What the asker knows beyond RFC 1035; undefined if nothing. */
  readonly edns: Edns | undefined;
}

/** What a query's OPT record says: RFC 6891, section 6.1. */
export interface Edns {
  /** How many bytes of UDP the asker takes. */
  readonly payload: number;
  readonly version: number;
  /** Whether it wants signatures: RFC 3225. */
  readonly dnssec: boolean;
}

/** A message that has no question to answer, and what to say to that. */
export interface Malformed extends Heading {
  readonly rcode: number;
}

/** A question, and who else's records may follow it: OPT and a signature. */
const MOST_ADDITIONAL = 4;

const OPT = 41;

/**
 * Reads a query. Returns undefined for what must not be answered: what is too
 * short, and answers, as two servers would go on forever.
 */
export function readQuery(message: Uint8Array): Query | Malformed | undefined {
  if (message.length < HEADER) return undefined;
  const view = viewOf(message);
  const heading = { id: view.getUint16(0), flags: view.getUint16(2) };
  if (heading.flags & FLAG.RESPONSE) return undefined;
  if (heading.flags & FLAG.OPCODE) return { ...heading, rcode: RCODE.NOTIMP };
  const malformed = { ...heading, rcode: RCODE.FORMERR };
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10]
    .map((at) => view.getUint16(at));
  // RFC 9619: there is one question. What follows it in a query is EDNS's.
  if (questions !== 1 || answers !== 0 || authorities !== 0) return malformed;
  if (additionals! > MOST_ADDITIONAL) return malformed;
  const end = endOfQuestion(message);
  if (end === undefined) return malformed;
  const edns = readEdns(view, end, additionals!);
  if (edns === "malformed") return malformed;
  const { name, type, class: of } = questionCodec.decode(
    message.subarray(0, end),
    HEADER,
  );
  return {
    ...heading,
    question: message.slice(HEADER, end),
    name: isText(message.subarray(HEADER, end - 4)) ? name : undefined,
    type,
    class: of ?? "",
    edns,
  };
}

/**
 * Where the first question of a message ends, if it is a whole one. Its name is
 * not compressed: there is nothing before it.
 */
export function endOfQuestion(message: Uint8Array): number | undefined {
  const end = endOfName(message, HEADER);
  return end === undefined || end + 4 > message.length ? undefined : end + 4;
}

function endOfName(message: Uint8Array, start: number): number | undefined {
  const [LONGEST_LABEL, LONGEST_NAME] = [63, 255];
  for (let at = start; at < message.length;) {
    const length = message[at]!;
    if (length > LONGEST_LABEL) return undefined;
    at += length + 1;
    if (at - start > LONGEST_NAME) return undefined;
    if (length === 0) return at;
  }
  return undefined;
}

/** Whether each label of a name is of characters that text keeps. */
function isText(name: Uint8Array): boolean {
  const [DOT, BLANK, DELETE] = [0x2e, 0x20, 0x7f];
  for (let at = 0; at < name.length; at += name[at]! + 1) {
    for (let i = 1; i <= name[at]!; i++) {
      const byte = name[at + i]!;
      if (byte === DOT || byte <= BLANK || byte >= DELETE) return false;
    }
  }
  return true;
}

/** Looks for the one OPT record that there may be. */
function readEdns(
  view: DataView,
  start: number,
  count: number,
): Edns | "malformed" | undefined {
  const message = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let found: Edns | undefined;
  for (let at = start, i = 0; i < count; i++) {
    // u8 name[]; be16 type; be16 class; be32 ttl; be16 length; u8 data[];
    const end = endOfName(message, at);
    if (end === undefined || end + 10 > message.length) return "malformed";
    if (view.getUint16(end) === OPT) {
      if (found || end !== at + 1) return "malformed";
      found = {
        payload: view.getUint16(end + 2),
        version: view.getUint8(end + 5),
        dnssec: (view.getUint16(end + 6) & 0x8000) !== 0,
      };
    }
    at = end + 10 + view.getUint16(end + 8);
    if (at > message.length) return "malformed";
  }
  return found;
}
