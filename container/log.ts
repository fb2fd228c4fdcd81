/**
 * Reading a container's log, whole or as it grows.
 *
 * @module
 */
import { type Fd, open, read } from "../sys/fd.ts";
import { waitFor } from "../sys/epoll.ts";
import { watchFile } from "../sys/inotify.ts";
import { Stop } from "../sys/stop.ts";
import { isAlive, openPid, type ProcessId } from "../sys/process.ts";
import { syscall } from "../sys/syscall.ts";
import { decodeLog, LOG_HEADER, type LogRecord } from "./records.ts";

const CHUNK = 64 * 1024;

/** The whole records of an open log, from the beginning or where it stopped. */
export class LogReader {
  #offset: number;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(readonly file: Fd, from = 0) {
    this.#offset = from;
  }

  /** The next whole records; none when there are no more yet. */
  next(): LogRecord[] {
    for (;;) {
      const chunk = new Uint8Array(this.#rest.length + CHUNK);
      chunk.set(this.#rest);
      const room = chunk.subarray(this.#rest.length);
      const count = syscall(
        "pread64",
        this.file.number,
        room,
        room.length,
        this.#offset,
      );
      if (count === 0) return [];
      this.#offset += count;
      const data = chunk.subarray(0, this.#rest.length + count);
      const { records, used } = decodeLog(data);
      this.#rest = data.subarray(used);
      if (records.length > 0) return records;
    }
  }
}

/** Where the next record of a log will begin, behind all that are whole. */
export function endOfLog(log: Fd): number {
  const reader = new LogReader(log);
  let end = 0;
  for (let records; (records = reader.next()).length > 0;) {
    for (const { bytes } of records) end += LOG_HEADER.size + bytes.length;
  }
  return end;
}

/** Which records of a log are followed. */
export interface FollowOptions {
  /** Where the first begins. */
  from?: number;
  /** Follows no longer when it is called. */
  stop?: Stop;
}

/**
 * The records of a log as they are written, until the pipe ends on which its
 * monitor tells of growth.
 */
export async function* followWoken(
  log: Fd,
  wake: Fd,
  { from, stop = new Stop() }: FollowOptions = {},
): AsyncGenerator<LogRecord[]> {
  const reader = new LogReader(log, from);
  const tokens = new Uint8Array(4096);
  for (let ended = false;;) {
    for (let records; (records = reader.next()).length > 0;) yield records;
    if (ended || stop.called) return;
    const woken = waitFor(wake.number);
    await stop.or(woken.events);
    woken.cancel();
    ended = stop.called || read(wake.number, tokens) === 0;
  }
}

/** The records of a log as they are written, until its monitor has ended. */
export async function* followLog(
  path: string,
  log: Fd,
  monitor: ProcessId | undefined,
  { from, stop = new Stop() }: FollowOptions = {},
): AsyncGenerator<LogRecord[]> {
  const reader = new LogReader(log, from);
  using watch = watchFile(path);
  using pidfd = monitor && openPid(monitor.pid);
  const lives = pidfd && isAlive(monitor!);
  const end = lives ? waitFor(pidfd.number) : undefined;
  end?.events.then(() => stop.call());
  if (!end) stop.call();
  try {
    for (;;) {
      const last = stop.called; // what was written before is read below
      for (let records; (records = reader.next()).length > 0;) yield records;
      if (last) return;
      const change = watch.changed();
      await stop.or(change.done);
      change.cancel();
    }
  } finally {
    end?.cancel();
  }
}

/** All records of a log. */
export function* readLog(path: string): Generator<LogRecord[]> {
  using log = open(path);
  const reader = new LogReader(log);
  for (let records; (records = reader.next()).length > 0;) yield records;
}
