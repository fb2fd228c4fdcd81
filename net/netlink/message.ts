/**
 * Netlink messages as bytes: `struct nlmsghdr` of linux/netlink.h in front of
 * a fixed header and attributes. Knows nothing of sockets.
 *
 * Numbers are in host order, which is little-endian on the machines rkl runs
 * on, save where netfilter asks for network order.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import { align, Attributes, MalformedMessageError } from "./attribute.ts";

/** Flags of a message, from linux/netlink.h. */
export const NLM_F = {
  REQUEST: 0x1,
  MULTI: 0x2,
  ACK: 0x4,
  ECHO: 0x8,
  DUMP_INTR: 0x10,
  // Of a request that gets:
  DUMP: 0x300,
  // Of a request that makes:
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
  // Of an answer:
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
} as const;

/** Types that every family has, from linux/netlink.h. */
export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3 } as const;

const HEADER = 16;

/** What a builder makes: a request that lacks only its sequence number. */
export interface Request {
  /** What it does, for messages: `add the bridge rkl0`. */
  readonly what: string;
  /** One of the family's types. */
  readonly type: number;
  /** Bits of {@linkcode NLM_F}; REQUEST is added when it is sent. */
  readonly flags: number;
  /** The fixed header of the type, and attributes. */
  readonly body: Uint8Array;
}

/** A message as it was received. */
export interface Message {
  /** One of NLMSG, or of the family's types. */
  readonly type: number;
  /** Bits of {@linkcode NLM_F}. */
  readonly flags: number;
  /** The request it answers. */
  readonly seq: number;
  /** What follows the header. */
  readonly payload: Uint8Array;
}

/** An answer of type ERROR or DONE: how a request went. */
export interface Verdict {
  /** A positive errno; 0 when all went well. */
  readonly errno: number;
  /** The kernel's own words. */
  readonly text?: string;
  /** Which byte of the request the kernel complains of. */
  readonly offset?: number;
  /** The type of an attribute that should have been there. */
  readonly missing?: number;
}

/** A request as it goes to the kernel, padded so that another can follow. */
export function encodeRequest(request: Request, seq: number): Uint8Array {
  // struct nlmsghdr { u32 len; u16 type; u16 flags; u32 seq; u32 pid; }
  const length = HEADER + request.body.length;
  const bytes = new Uint8Array(align(length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  view.setUint16(4, request.type, true);
  view.setUint16(6, request.flags | NLM_F.REQUEST, true);
  view.setUint32(8, seq, true);
  bytes.set(request.body, HEADER);
  return bytes;
}

/**
 * Splits a datagram into its messages.
 *
 * @throws {MalformedMessageError} when a length leads out of it
 */
export function decodeMessages(datagram: Uint8Array): Message[] {
  const messages: Message[] = [];
  const view = viewOf(datagram);
  for (let at = 0; at < datagram.length;) {
    const left = datagram.length - at;
    const length = left < HEADER ? 0 : view.getUint32(at, true);
    if (length < HEADER || length > left) {
      throw new MalformedMessageError(
        `a message at byte ${at}`,
        left < HEADER
          ? `has ${left} bytes left for a header of ${HEADER}`
          : `claims ${length} bytes, ${HEADER} to ${left} are possible`,
      );
    }
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      seq: view.getUint32(at + 8, true),
      payload: datagram.subarray(at + HEADER, at + length),
    });
    at += Math.min(align(length), left);
  }
  return messages;
}

/**
 * The fixed header of a message's payload, and the attributes after it.
 *
 * @throws {MalformedMessageError} when the payload is shorter than the header
 */
export function decodePayload(
  { type, payload }: Message,
  headerSize: number,
): { header: DataView; attrs: Attributes } {
  if (payload.length < headerSize) {
    throw new MalformedMessageError(
      `a message of type ${type}`,
      `has ${payload.length} bytes, its header alone has ${headerSize}`,
    );
  }
  return {
    header: viewOf(payload.subarray(0, headerSize)),
    attrs: new Attributes(payload.subarray(align(headerSize))),
  };
}

/** Attributes of an answer, from enum nlmsgerr_attrs of linux/netlink.h. */
const NLMSGERR_ATTR = { MSG: 1, OFFS: 2, MISS_TYPE: 5 } as const;

/**
 * Reads how a request went from an ERROR, or a dump from its DONE.
 *
 * @throws {MalformedMessageError}
 */
export function decodeVerdict(message: Message): Verdict {
  const { type, flags, payload } = message;
  const size = type === NLMSG.DONE ? 4 : 4 + HEADER;
  if (payload.length < size) {
    throw new MalformedMessageError(
      "an answer",
      `has ${payload.length} bytes where ${size} are due`,
    );
  }
  const view = viewOf(payload);
  const code = view.getInt32(0, true);
  if (code > 0) {
    throw new MalformedMessageError("an answer", `has ${code} for an errno`);
  }
  if (!(flags & NLM_F.ACK_TLVS)) return { errno: Math.abs(code) };
  // struct nlmsgerr { int error; struct nlmsghdr msg; } and, unless it was
  // left out, what followed that header in the request.
  const capped = type === NLMSG.DONE || (flags & NLM_F.CAPPED) !== 0;
  const start = capped ? size : 4 + align(view.getUint32(4, true));
  const attrs = new Attributes(payload.subarray(start));
  const text = attrs.string(NLMSGERR_ATTR.MSG);
  const offset = attrs.u32(NLMSGERR_ATTR.OFFS);
  const missing = attrs.u32(NLMSGERR_ATTR.MISS_TYPE);
  return {
    errno: Math.abs(code),
    ...(text !== undefined && { text }),
    ...(offset !== undefined && { offset }),
    ...(missing !== undefined && { missing }),
  };
}
