/**
 * A log's records as lines, and which of them are wanted.
 *
 * @module
 */
import type { LogRecord, Stream } from "./record.ts";

/** A line, or as much of one as a record holds. */
export interface Piece {
  readonly stream: Stream;
  /** Of its bytes, in nanoseconds since 1970. */
  readonly time: bigint;
  /** Of its line's first byte. */
  readonly lineTime: bigint;
  /** Whether the line begins with it. */
  readonly begins: boolean;
  /** Whether the line ends with it; its last byte is the newline then. */
  readonly ends: boolean;
  readonly bytes: Uint8Array;
}

/** Which lines are wanted; a line is as old as its first byte. */
export interface Range {
  /** The earliest, in nanoseconds since 1970. */
  readonly since?: bigint | undefined;
  /** The latest. */
  readonly until?: bigint | undefined;
  /** Which streams; both by default. */
  readonly streams?: ReadonlySet<Stream> | undefined;
}

const NEWLINE = 10;

/** The line that a stream is in. */
interface Line {
  time: bigint;
  wanted: boolean;
}

/** Takes records apart into lines, one record after the other. */
export class Lines {
  readonly #range: Range;
  #skip: number;
  readonly #open: { [S in Stream]?: Line | undefined } = {};

  /** @param skip How many of the wanted lines are left out at first. */
  constructor(range: Range, skip = 0) {
    this.#range = range;
    this.#skip = skip;
  }

  /** The wanted pieces of the next record. */
  *take({ stream, time, bytes }: LogRecord): Generator<Piece> {
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const ends = newline >= 0;
      const end = ends ? newline + 1 : bytes.length;
      const before = this.#open[stream];
      const line = before ?? { time, wanted: this.#wants(stream, time) };
      this.#open[stream] = ends ? undefined : line;
      if (line.wanted) {
        yield {
          stream,
          time,
          lineTime: line.time,
          begins: before === undefined,
          ends,
          bytes: bytes.subarray(at, end),
        };
      }
      at = end;
    }
  }

  /** Whether all from `time` on is wanted, so that lines need not be found. */
  takesAll(time: bigint): boolean {
    const { since, until, streams } = this.#range;
    const { stdout, stderr } = this.#open;
    return this.#skip === 0 && until === undefined && !streams &&
      (since === undefined || time >= since) &&
      stdout?.wanted !== false && stderr?.wanted !== false;
  }

  /** Whether no line that is wanted comes after `time`. */
  isOver(time: bigint): boolean {
    const { until } = this.#range;
    return until !== undefined && time > until &&
      !this.#open.stdout?.wanted && !this.#open.stderr?.wanted;
  }

  #wants(stream: Stream, time: bigint): boolean {
    const { since, until, streams } = this.#range;
    const inside = (since === undefined || time >= since) &&
      (until === undefined || time <= until) &&
      (streams === undefined || streams.has(stream));
    if (inside && this.#skip > 0) {
      this.#skip--;
      return false;
    }
    return inside;
  }
}
