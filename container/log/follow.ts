/**
 * Reading a log as it grows.
 *
 * @module
 */
import { waitFor } from "../../sys/epoll.ts";
import { type Fd, read } from "../../sys/fd.ts";
import { IN, watchPaths } from "../../sys/inotify.ts";
import { openProcess, type ProcessId } from "../../sys/process.ts";
import { Stop } from "../../sys/stop.ts";
import type { LogPlace } from "./files.ts";
import { LogReader, type ReaderOptions } from "./reader.ts";
import type { LogRecord } from "./record.ts";
import { findEnd } from "./search.ts";

/** Reads what is written from now on; the monitor waits for it. */
export function readFromHere(
  directory: string,
  { number, end }: LogPlace,
): LogReader {
  const from = { file: number, offset: end };
  return new LogReader(directory, { from, hold: "wait" });
}

/**
 * Reads what is written from now on to a log that a monitor is at already; it
 * waits for the reader from here on.
 */
export function joinLog(directory: string): LogReader {
  return new LogReader(directory, { from: findEnd(directory), hold: "wait" });
}

/**
 * The records of a log as they are written, until the pipe ends on which its
 * monitor tells of growth.
 */
export async function* followWoken(
  reader: LogReader,
  wake: Fd,
  stop: Stop = new Stop(),
): AsyncGenerator<LogRecord[]> {
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

/** How a log is followed. */
export interface FollowOptions extends ReaderOptions {
  /** Goes on where this one is, instead of opening the log. */
  reader?: LogReader | undefined;
  /** Ends it before the monitor ends. */
  stop?: Promise<void> | undefined;
}

/** The records of a log as they are written, until its monitor has ended. */
export async function* followLog(
  directory: string,
  monitor: ProcessId | undefined,
  options: FollowOptions = {},
): AsyncGenerator<LogRecord[]> {
  // Watched first: what is written from now on wakes.
  using watch = watchPaths([directory], IN.MODIFY | IN.CREATE);
  using reader = options.reader ?? new LogReader(directory, options);
  using pidfd = monitor && openProcess(monitor);
  const end = pidfd && waitFor(pidfd.number);
  let ended = !end;
  let wake = () => {};
  const stop = () => {
    ended = true;
    wake();
  };
  void end?.events.then(stop);
  void options.stop?.then(stop);
  try {
    for (;;) {
      const last = ended; // what was written before is read below
      for (let records; (records = reader.next()).length > 0;) yield records;
      if (last) return;
      const change = watch.changed();
      if (!ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          void change.done.then(resolve);
        });
      }
      change.cancel();
    }
  } finally {
    end?.cancel();
  }
}
