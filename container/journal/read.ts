/**
 * Reading the journal: its files in order, from a moment on.
 *
 * @module
 */
import { ifThere } from "../../sys/entry.ts";
import { type Fd, tryOpen } from "../../sys/fd.ts";
import { syscall } from "../../sys/syscall.ts";
import type { Store } from "../../runtime/store.ts";
import { journalDirectory, journalFile, listNumbers } from "./journal.ts";
import {
  decodeRecords,
  findMagic,
  HEADER_SIZE,
  type JournalEvent,
  MOST_BYTES,
  timeOf,
} from "./record.ts";

/** Which part of the journal; moments are nanoseconds since 1970. */
export interface Period {
  /** Its beginning. */
  readonly since?: bigint | undefined;
  /** Its end. */
  readonly until?: bigint | undefined;
}

/**
 * How much later than a record one may stand that is earlier: who notes takes
 * the time first, and clocks are set.
 */
export const SKEW = 60_000_000_000n;

const CHUNK = 256 * 1024;

/** Whether something happened in a period. */
export function isIn({ since, until }: Period, time: bigint): boolean {
  return (since === undefined || time >= since) &&
    (until === undefined || time <= until);
}

/** What has happened in a period, as the journal has it now. */
export function* readJournal(
  store: Store,
  period: Period = {},
): Generator<JournalEvent> {
  const { since, until } = period;
  for (const segment of openSegments(store)) {
    using reader = segment;
    if (since !== undefined) reader.seek(since - SKEW);
    for (let events; (events = reader.next()).length > 0;) {
      if (until !== undefined && events[0]!.time > until + SKEW) return;
      for (const event of events) if (isIn(period, event.time)) yield event;
    }
  }
}

/** The files of the journal, oldest first; those that vanish are left out. */
export function* openSegments(store: Store): Generator<SegmentReader> {
  const latest = journalFile(store);
  // Opened first: while the others are read it may get a number.
  using stack = new DisposableStack();
  const last = tryOpenSegment(latest);
  if (last) stack.use(last);
  for (const number of tryListNumbers(store)) {
    const reader = tryOpenSegment(`${latest}.${number}`);
    if (reader?.inode === last?.inode) reader?.[Symbol.dispose]();
    else if (reader) yield reader;
  }
  stack.move();
  if (last) yield last;
}

/** The numbers of the files that have one; none where there is no journal. */
export function tryListNumbers(store: Store): number[] {
  const directory = journalDirectory(store);
  return ifThere(directory, () => listNumbers(directory)) ?? [];
}

/** Undefined where there is none. */
export function tryOpenSegment(path: string): SegmentReader | undefined {
  const file = tryOpen(path);
  return file && new SegmentReader(file);
}

/** One file of the journal. */
export class SegmentReader implements Disposable {
  /** Tells it from the others, whatever they are called by now. */
  readonly inode: number;
  readonly #file: Fd;
  #offset = 0;

  /** Takes over an open file. */
  constructor(file: Fd) {
    this.#file = file;
    this.inode = Deno.statSync(`/proc/self/fd/${file.number}`).ino ?? 0;
  }

  /** The next events, in the order of the file; none when there are none yet. */
  next(): JournalEvent[] {
    for (;;) {
      const data = this.#read(this.#offset, CHUNK);
      const { events, used } = decodeRecords(data);
      this.#offset += used;
      // A whole chunk without a record is no record's beginning.
      if (events.length > 0 || data.length < CHUNK) return events;
    }
  }

  /** Goes on with what is written from now on. */
  seekEnd(): void {
    this.#offset = this.#size();
  }

  /**
   * Goes on at a record that is earlier than `time`, or at the first: in between
   * are at most some thousand bytes.
   */
  seek(time: bigint): void {
    let low = 0;
    let high = this.#size();
    while (high - low > 2 * MOST_BYTES) {
      const middle = (low + high) >> 1;
      // A record is at most this long, and the next one's header is needed.
      const data = this.#read(middle, MOST_BYTES + HEADER_SIZE);
      const start = findMagic(data, 0);
      const whole = start !== -1 && start + HEADER_SIZE <= data.length;
      if (!whole || timeOf(data.subarray(start)) >= time) high = middle;
      else low = middle + start;
    }
    this.#offset = low;
  }

  #size(): number {
    return Deno.statSync(`/proc/self/fd/${this.#file.number}`).size;
  }

  #read(offset: number, length: number): Uint8Array {
    const { number } = this.#file;
    const bytes = new Uint8Array(length);
    let count = 0;
    while (count < length) {
      const room = bytes.subarray(count);
      const more = syscall(
        "pread64",
        number,
        room,
        room.length,
        offset + count,
      );
      if (more === 0) break;
      count += more;
    }
    return bytes.subarray(0, count);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
