/**
 * Lines joined, and those that are long cut, for formats in which an entry is
 * a line or a part of one.
 *
 * @module
 */
import { join } from "../../sys/memory.ts";
import type { Piece } from "./lines.ts";
import type { Stream } from "./record.ts";

/** Bytes of a line that make an entry; containerd and docker have the same. */
export const ENTRY_SIZE: number = 16 * 1024;

/** One entry: a line, or a part of a long one. */
export interface Entry {
  readonly stream: Stream;
  /** Of its first byte, in nanoseconds since 1970. */
  readonly time: bigint;
  /** Of the line's. */
  readonly lineTime: bigint;
  /** Without a newline. */
  readonly bytes: Uint8Array;
  /** Whether the line ends with it. */
  readonly whole: boolean;
}

/** What has come of a line, and is no entry yet. */
interface Begun {
  time: bigint;
  lineTime: bigint;
  parts: Uint8Array[];
  length: number;
}

/** Makes entries of pieces, one stream apart from the other. */
export class Chunks {
  readonly #begun: Partial<Record<Stream, Begun>> = {};

  /** The entries that are complete now that there is one more piece. */
  *take({ stream, time, lineTime, ends, bytes }: Piece): Generator<Entry> {
    const text = ends ? bytes.subarray(0, -1) : bytes;
    for (let at = 0;;) {
      const begun = this.#begun[stream] ??= {
        time,
        lineTime,
        parts: [],
        length: 0,
      };
      const part = text.subarray(at, at + ENTRY_SIZE - begun.length);
      if (part.length > 0) begun.parts.push(part);
      begun.length += part.length;
      at += part.length;
      const over = at === text.length;
      // A full one is no entry yet: its line may end here.
      if (over && !ends) return;
      const { whole, rest } = over
        ? { whole: joined(begun.parts), rest: new Uint8Array(0) }
        : cutInText(joined(begun.parts));
      delete this.#begun[stream];
      yield {
        stream,
        time: begun.time,
        lineTime,
        bytes: whole,
        whole: over,
      };
      if (over) return;
      if (rest.length > 0) {
        const parts = [rest];
        this.#begun[stream] = { time, lineTime, parts, length: rest.length };
      }
    }
  }

  /** What is left of lines that have not ended. */
  *end(): Generator<Entry> {
    for (const stream of ["stdout", "stderr"] as const) {
      const begun = this.#begun[stream];
      if (!begun) continue;
      const { time, lineTime, parts } = begun;
      yield { stream, time, lineTime, bytes: joined(parts), whole: false };
      delete this.#begun[stream];
    }
  }
}

/** Cuts before a character of UTF-8 that has begun and not ended. */
function cutInText(
  bytes: Uint8Array,
): { whole: Uint8Array; rest: Uint8Array } {
  const LONGEST = 4;
  for (let back = 1; back < LONGEST; back++) {
    const byte = bytes.at(-back)!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue; // it goes on a character
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (length <= back) break;
    return { whole: bytes.subarray(0, -back), rest: bytes.subarray(-back) };
  }
  return { whole: bytes, rest: new Uint8Array(0) };
}

/** Byte strings, one after the other; a single one, as most are, is not copied. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : join(parts);
}
