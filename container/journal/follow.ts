/**
 * Following the journal as it is written, from one file to the next.
 *
 * @module
 */
import { IN, watchPaths } from "../../sys/inotify.ts";
import { startTimer, type Timer } from "../../sys/timer.ts";
import type { Store } from "../../runtime/store.ts";
import { journalDirectory, journalFile, now } from "./journal.ts";
import {
  isIn,
  openSegments,
  type Period,
  type SegmentReader,
  SKEW,
  tryListNumbers,
  tryOpenSegment,
} from "./read.ts";
import type { JournalEvent } from "./record.ts";

/** A follower of the journal. */
export class JournalFollower implements Disposable {
  readonly #store: Store;
  readonly #watch;
  /** Those still written to: the latest, and the one that was before it. */
  #readers: SegmentReader[];
  /** The highest number that was seen. */
  #number: number;

  /** Begins with what happens from now on, or with the first after `since`. */
  constructor(store: Store, since?: bigint) {
    this.#store = store;
    const directory = journalDirectory(store);
    Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#watch = watchPaths([directory], IN.MODIFY | IN.CREATE | IN.MOVED_TO);
    this.#number = tryListNumbers(store).at(-1) ?? 0;
    this.#readers = [...openSegments(store)];
    for (const reader of this.#readers) {
      if (since === undefined) reader.seekEnd();
      else reader.seek(since - SKEW);
    }
  }

  /** What was noted since the last time. */
  *read(): Generator<JournalEvent> {
    for (const reader of this.#readers) yield* readAll(reader);
    for (const reader of this.#openNew()) {
      this.#readers.push(reader);
      yield* readAll(reader);
    }
    // Who has one open writes no more than one record to it.
    for (const old of this.#readers.splice(0, this.#readers.length - 2)) {
      old[Symbol.dispose]();
    }
  }

  /** Files that were begun since. */
  #openNew(): SegmentReader[] {
    const latest = journalFile(this.#store);
    const known = new Set(this.#readers.map(({ inode }) => inode));
    const numbers = tryListNumbers(this.#store)
      .filter((number) => number > this.#number);
    this.#number = numbers.at(-1) ?? this.#number;
    const paths = [...numbers.map((number) => `${latest}.${number}`), latest];
    return paths.flatMap((path) => {
      const reader = tryOpenSegment(path);
      if (reader && !known.has(reader.inode)) {
        known.add(reader.inode);
        return [reader];
      }
      reader?.[Symbol.dispose]();
      return [];
    });
  }

  /** Resolves when there may be more. */
  changed(): { done: Promise<void>; cancel(): void } {
    return this.#watch.changed();
  }

  /** Hears of nothing more. */
  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    for (const reader of this.#readers) reader[Symbol.dispose]();
  }
}

function* readAll(reader: SegmentReader): Generator<JournalEvent> {
  for (let events; (events = reader.next()).length > 0;) yield* events;
}

/**
 * What happens in a period, as it happens; without `since` from now on. It ends
 * with the period.
 */
export async function* followJournal(
  store: Store,
  period: Period,
): AsyncGenerator<JournalEvent> {
  using follower = new JournalFollower(store, period.since);
  using end = timerUntil(period.until);
  const over = end?.over.then(() => true);
  for (let last = false;;) {
    for (const event of follower.read()) {
      if (isIn(period, event.time)) yield event;
    }
    if (last) return;
    const change = follower.changed();
    const news = change.done.then(() => false);
    last = await (over ? Promise.race([news, over]) : news);
    change.cancel();
  }
}

function timerUntil(until: bigint | undefined): Timer | undefined {
  if (until === undefined) return undefined;
  return startTimer(Math.max(0, Number((until - now()) / 1_000_000n)));
}
