/**
 * Records of a log, as a monitor writes them and readers find them.
 *
 * A file of a log is a row of records: header, then bytes. None goes over a
 * multiple of {@linkcode BLOCK}: one that would is made shorter, and where less
 * than a header and a byte is left, the next begins at the multiple. So every
 * block begins with a record, and a moment or the last lines are found in a log
 * of any size without an index, and without reading what is before.
 *
 * The header is written after the bytes: as long as it is zero, the record is
 * not there yet.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";

/** What precedes the bytes of each record. */
export const LOG_HEADER = {
  time: 0, // struct timespec
  length: 16, // u32
  stream: 20, // u32
  size: 24,
} as const;

/** Bytes of a block, a power of two. */
export const BLOCK: number = 256 * 1024;

/** Streams as the log numbers them. */
export const STREAM = { stdout: 1, stderr: 2 } as const;

/** One of a container's two outputs. */
export type Stream = "stdout" | "stderr";

/** One record of the log: what was read of the container's output at once. */
export interface LogRecord {
  /** Nanoseconds since 1970. */
  time: bigint;
  /** Which of the two it was written to. */
  stream: Stream;
  /** As they were written; a line may be split over records. */
  bytes: Uint8Array;
}

const STREAMS: readonly (Stream | undefined)[] = [
  undefined,
  "stdout",
  "stderr",
];

/** Where the block ends that `offset` is in, or begins with. */
export function blockEnd(offset: number): number {
  return (Math.floor(offset / BLOCK) + 1) * BLOCK;
}

/** Whether no record fits between `offset` and the end of its block. */
export function isBlockFull(offset: number): boolean {
  return blockEnd(offset) - offset <= LOG_HEADER.size;
}

/**
 * The whole records at the beginning of `data`, which ends with a block or
 * before, and how many bytes they are. What follows is not there yet, or is
 * damaged.
 *
 * @param settle Called where a header is seen: corrects `data` if that was read
 * while it was written.
 */
export function decodeRecords(
  data: Uint8Array,
  settle: (at: number) => void = () => {},
): { records: LogRecord[]; used: number } {
  const view = viewOf(data);
  const records: LogRecord[] = [];
  let at = 0;
  while (at + LOG_HEADER.size <= data.length) {
    const stream = STREAMS[view.getUint32(at + LOG_HEADER.stream, true)];
    // The last of the header to be written.
    if (!stream) break;
    settle(at);
    const length = view.getUint32(at + LOG_HEADER.length, true);
    const start = at + LOG_HEADER.size;
    const end = start + length;
    if (length === 0 || end > data.length) break;
    records.push({
      time: timeAt(view, at + LOG_HEADER.time),
      stream,
      bytes: data.subarray(start, end),
    });
    at = end;
  }
  return { records, used: at };
}

/** A struct timespec, in nanoseconds. */
export function timeAt(view: DataView, at: number): bigint {
  return view.getBigInt64(at, true) * 1_000_000_000n +
    view.getBigInt64(at + 8, true);
}
