/**
 * Finding places in a log: a moment, so many lines before the end, and the end.
 * Blocks begin with records, so little is read.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import type { Fd } from "../../sys/fd.ts";
import { endOf, listFiles, openFile, readAt, sizeOf } from "./files.ts";
import type { Range } from "./lines.ts";
import type { Position } from "./reader.ts";
import {
  BLOCK,
  decodeRecords,
  LOG_HEADER,
  type LogRecord,
  timeAt,
} from "./record.ts";

/**
 * How many blocks more are read, for where the lines of the first begin: two
 * mebibytes. What is longer than that may be taken for several lines.
 */
const CONTEXT = 8;

/**
 * Where to begin to read what was written at `time` or later. What is before it
 * there is for the reader to leave out.
 */
export function findTime(
  directory: string,
  time: bigint,
): Position | undefined {
  // The last file that begins before; without one, all is later.
  const files = listFiles(directory);
  const later = partition(files.length, (index) => {
    using file = openFile(directory, files[index]!, "follow");
    return file !== undefined && firstTime(file, 0) >= time;
  });
  const number = files[later - 1];
  if (number === undefined) return undefined;
  using file = openFile(directory, number, "follow");
  if (!file) return undefined;
  const block = partition(blocksOf(file), (block) => {
    return firstTime(file, block) >= time;
  });
  return stepBack(directory, { file: number, block: block - 1 }, CONTEXT);
}

/** How many of the first `count` numbers `isLater` is not true of; it stays. */
function partition(
  count: number,
  isLater: (index: number) => boolean,
): number {
  let low = 0, high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isLater(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** When a block's first record was written; 0 for one that is damaged. */
function firstTime(file: Fd, block: number): bigint {
  const header = readAt(file, block * BLOCK, LOG_HEADER.size);
  return header.length < LOG_HEADER.size
    ? 0n
    : timeAt(viewOf(header), LOG_HEADER.time);
}

function blocksOf(file: Fd): number {
  return Math.ceil(sizeOf(file) / BLOCK);
}

/** A block of a log. */
interface BlockPlace {
  file: number;
  block: number;
}

/** So many blocks before a block, or the beginning. */
function stepBack(
  directory: string,
  from: BlockPlace,
  count: number,
): Position | undefined {
  let left = count;
  for (const place of blocksBefore(directory, from)) {
    if (left-- === 0) return positionOf(place);
  }
  return undefined;
}

function positionOf({ file, block }: BlockPlace): Position {
  return { file, offset: block * BLOCK };
}

/** The blocks of a log from the last one, or from one on, backwards. */
function* blocksBefore(
  directory: string,
  from?: BlockPlace,
): Generator<BlockPlace & { fd: Fd }> {
  for (const file of listFiles(directory).reverse()) {
    if (from && file > from.file) continue;
    using fd = openFile(directory, file, "follow");
    if (!fd) return;
    const last = file === from?.file ? from.block : blocksOf(fd) - 1;
    for (let block = last; block >= 0; block--) yield { file, block, fd };
  }
}

/**
 * Where to begin to find the last `count` lines of the streams that are wanted,
 * written until `until`, and some before it. Undefined is the beginning.
 */
export function findTail(
  directory: string,
  count: number,
  { until, streams }: Pick<Range, "until" | "streams">,
): Position | undefined {
  let lines = 0, context = CONTEXT;
  for (const place of blocksBefore(directory)) {
    const { fd, block } = place;
    if (until !== undefined && firstTime(fd, block) > until) continue;
    // Two may be unfinished, one of each stream.
    if (lines >= count + 2 && context-- === 0) return positionOf(place);
    if (lines >= count + 2) continue;
    const { records } = decodeRecords(readAt(fd, block * BLOCK, BLOCK));
    for (const record of records) {
      const wanted = (until === undefined || record.time <= until) &&
        (streams === undefined || streams.has(record.stream));
      if (wanted) lines += countLines(record);
    }
  }
  return undefined;
}

const NEWLINE = 10;

function countLines({ bytes }: LogRecord): number {
  let lines = 0;
  for (let at = 0; (at = bytes.indexOf(NEWLINE, at) + 1) > 0;) lines++;
  return lines;
}

/** Where a log ends by now, and its next record begins. */
export function findEnd(directory: string): Position {
  for (;;) {
    const number = listFiles(directory).at(-1);
    if (number === undefined) return { file: 0, offset: 0 };
    using file = openFile(directory, number, "follow");
    // One that has gone has later ones.
    if (file) return { file: number, offset: endOf(file).end };
  }
}
