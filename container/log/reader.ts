/**
 * Reading a log's records from one file to the next.
 *
 * @module
 */
import { exists } from "../../sys/entry.ts";
import type { Fd } from "../../sys/fd.ts";
import { fileName, type Hold, listFiles, openFile, readAt } from "./files.ts";
import {
  blockEnd,
  decodeRecords,
  isBlockFull,
  LOG_HEADER,
  type LogRecord,
} from "./record.ts";

/** The smallest page of the kernel's cache, in bytes. */
const PAGE = 4096;

/** A place in a log where a record begins, or will. */
export interface Position {
  /** The number of the file. */
  readonly file: number;
  /** In bytes. */
  readonly offset: number;
}

/** How a log is read. */
export interface ReaderOptions {
  /** By default from the beginning of what there is. */
  from?: Position | undefined;
  /** As if the log ended there. */
  until?: Position | undefined;
  /** By default {@linkcode Hold follow}. */
  hold?: Hold;
  /** Told how many files were deleted before they could be read. */
  missed?: ((files: number) => void) | undefined;
}

/** The records of a log, as many as there are by now. */
export class LogReader implements Disposable {
  readonly #directory: string;
  readonly #hold: Hold;
  readonly #until: Position | undefined;
  readonly #missed: ((files: number) => void) | undefined;
  #file: Fd | undefined;
  #number: number;
  #offset: number;
  /**
   * Before here all is written, as something later was seen: what is unreadable
   * is damaged.
   */
  #written = 0;

  /** Opens the log in a directory; it may not be there yet. */
  constructor(directory: string, options: ReaderOptions = {}) {
    const { from, until, hold = "follow", missed } = options;
    this.#directory = directory;
    this.#hold = hold;
    this.#until = until;
    this.#missed = missed;
    this.#number = from?.file ?? 0;
    this.#offset = from?.offset ?? 0;
    this.#file = from && openFile(directory, from.file, hold);
    if (!this.#file) this.#advance();
  }

  /** Where the next record begins. */
  get position(): Position {
    return { file: this.#number, offset: this.#offset };
  }

  /** The next whole records; none when there are no more yet. */
  next(): LogRecord[] {
    for (;;) {
      const file = this.#file;
      if (!file) {
        if (this.#advance()) continue;
        return [];
      }
      const last = this.#last();
      if (this.#offset >= last) return [];
      const end = blockEnd(this.#offset);
      const most = Math.min(end, last) - this.#offset;
      const data = readAt(file, this.#offset, most);
      const { records, used } = decodeRecords(
        data,
        (at) => this.#settle(file, data, at),
      );
      this.#offset += used;
      if (records.length > 0) return records;
      // What was written before a later place was begun is read first.
      const isFull = isBlockFull(this.#offset);
      if (isFull || readAt(file, end, 1).length > 0) {
        if (isFull || end <= this.#written) this.#offset = end;
        else this.#written = end;
      } else if (this.#written === Infinity) {
        if (!this.#advance()) return [];
      } else {
        if (!this.#isFollowed()) return [];
        this.#written = Infinity;
      }
    }
  }

  /** Where reading ends in the file that is being read. */
  #last(): number {
    if (!this.#until || this.#number < this.#until.file) return Infinity;
    return this.#number === this.#until.file ? this.#until.offset : 0;
  }

  /**
   * A header on two pages may have been read as it was written: the one page
   * before, the other after. By now it is whole.
   */
  #settle(file: Fd, data: Uint8Array, at: number): void {
    const offset = this.#offset + at;
    if (offset % PAGE <= PAGE - LOG_HEADER.size) return;
    data.set(readAt(file, offset, LOG_HEADER.size), at);
  }

  /** Whether there is a later file; without this one there was. */
  #isFollowed(): boolean {
    const path = (number: number) => `${this.#directory}/${fileName(number)}`;
    return exists(path(this.#number + 1)) || !exists(path(this.#number));
  }

  /** Goes on with the next file that is there; the one before is let go. */
  #advance(): boolean {
    const before = this.#number;
    for (const number of listFiles(this.#directory)) {
      if (number <= before) continue;
      const file = openFile(this.#directory, number, this.#hold);
      if (!file) continue;
      this.#file?.[Symbol.dispose]();
      this.#file = file;
      this.#number = number;
      this.#offset = 0;
      this.#written = 0;
      const missed = number - before - 1;
      if (before > 0 && missed > 0) this.#missed?.(missed);
      return true;
    }
    return false;
  }

  /** Lets go of the file that is being read. */
  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
  }
}
