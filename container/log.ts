/**
 * Reading a container's log, whole or as it grows.
 *
 * @module
 */
import { type Fd, open } from "../sys/fd.ts";
import { waitFor } from "../sys/epoll.ts";
import { watchFile } from "../sys/inotify.ts";
import { isAlive, openPid, type ProcessId } from "../sys/process.ts";
import { syscall } from "../sys/syscall.ts";
import { decodeLog, type LogRecord } from "./records.ts";

const CHUNK = 64 * 1024;

/** The whole records of an open log, from the beginning or where it stopped. */
export class LogReader {
  #offset = 0;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(readonly file: Fd) {}

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

/** The records of a log as they are written, until its monitor has ended. */
export async function* followLog(
  path: string,
  log: Fd,
  monitor: ProcessId | undefined,
): AsyncGenerator<LogRecord[]> {
  const reader = new LogReader(log);
  using watch = watchFile(path);
  using pidfd = monitor && openPid(monitor.pid);
  const lives = pidfd && isAlive(monitor!);
  const end = lives ? waitFor(pidfd.number) : undefined;
  let ended = !end;
  const over = end?.events.then(() => void (ended = true));
  try {
    for (;;) {
      const last = ended; // what was written before is read below
      for (let records; (records = reader.next()).length > 0;) yield records;
      if (last) return;
      const change = watch.changed();
      await Promise.race([change.done, over]);
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
