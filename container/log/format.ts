/**
 * Lines of a log in the forms they are printed in.
 *
 * @module
 */
import type { Piece } from "./lines.ts";
import type { Stream } from "./record.ts";
import { stamp } from "./stamp.ts";

/** Turns pieces of lines into what is printed. */
export interface Formatter {
  /** What can be printed now that there is one more piece. */
  format(piece: Piece): Uint8Array[];
  /** What was held back, when there are no more. */
  end(): { stream: Stream; bytes: Uint8Array }[];
}

/** What is put in front of lines. */
export interface PlainOptions {
  timestamps?: boolean | undefined;
  /** As docker has it: `KEY=VALUE,KEY=VALUE`. */
  details?: string | undefined;
}

/** Lines as they were written, each with its time and details if wanted. */
export function plain({ timestamps, details }: PlainOptions): Formatter {
  const encoder = new TextEncoder();
  const rest = details === undefined ? "" : `${details} `;
  let time = -1n;
  let prefix = encoder.encode(rest);
  return {
    format({ begins, lineTime, bytes }) {
      if (!begins) return [bytes];
      if (timestamps && lineTime !== time) {
        time = lineTime;
        prefix = encoder.encode(`${stamp(time)} ${rest}`);
      }
      return prefix.length > 0 ? [prefix, bytes] : [bytes];
    },
    end: () => [],
  };
}
