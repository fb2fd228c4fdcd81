/**
 * What a container wrote, for people and programs to read.
 *
 * @module
 */
import { exists } from "../sys/entry.ts";
import { startTimer } from "../sys/timer.ts";
import type { Store } from "../runtime/store.ts";
import { find } from "./find.ts";
import { detailsText } from "./log/attributes.ts";
import { joined } from "./log/chunks.ts";
import { cri, jsonFile } from "./log/export.ts";
import { trimLog } from "./log/files.ts";
import { followLog } from "./log/follow.ts";
import { type Formatter, plain } from "./log/format.ts";
import { Lines, type Range } from "./log/lines.ts";
import { limitsOf, type Logging } from "./log/logging.ts";
import { LogReader, type Position, type ReaderOptions } from "./log/reader.ts";
import type { LogRecord, Stream } from "./log/record.ts";
import { findEnd, findTail, findTime } from "./log/search.ts";
import type { ContainerId } from "./id.ts";
import { logDirectory, readMonitor } from "./store.ts";

/** How logs are printed. */
export type LogFormat =
  /** As it was written. */
  | "text"
  /** A line each, as Kubernetes' container runtimes have it. */
  | "cri"
  /** An object a line, as docker's json-file has it. */
  | "json-file";

/** Options of `logs`. */
export interface LogOptions extends Range {
  /** Go on until the container ends. */
  follow?: boolean;
  /** Begin with the last n lines of what is wanted. */
  tail?: number;
  /** Put the time in front of each line. */
  timestamps?: boolean;
  /** Put what `--log-opt labels=…` and the like chose in front of each line. */
  details?: boolean;
  /** By default {@linkcode LogFormat text}. */
  format?: LogFormat;
  /** Told what was deleted before it could be read. */
  warn?: (message: string) => void;
}

/** Bytes for one of the two streams. */
export interface LogPiece {
  /** Which it was written to. */
  stream: Stream;
  /** What is to be printed. */
  bytes: Uint8Array;
}

/** A container whose output is not kept, so that it cannot be read. */
export class NoLogError extends Error {
  /** `NoLogError`. */
  override readonly name = "NoLogError";
  /** Says so in docker's words. */
  constructor(
    /** The container's. */
    readonly container: string,
  ) {
    super(
      `Cannot read the log of "${container}": configured logging driver does ` +
        "not support reading",
    );
  }
}

/**
 * The output of a container, in the order in which it was written.
 *
 * @throws {NoSuchContainerError | NoLogError}
 */
export async function* readLogs(
  store: Store,
  name: string,
  options: LogOptions = {},
): AsyncGenerator<LogPiece> {
  const { container: { id, logging } } = await find(store, name);
  if (logging.driver === "none") throw new NoLogError(name);
  const directory = logDirectory(store, id);
  const { from, until, skip } = beginning(directory, options);
  const source = options.follow
    ? follow(store, id, directory, from, options)
    : present(directory, { from, until, missed: teller(options.warn) });
  try {
    yield* printed(source, options, skip, logging);
  } finally {
    trimLog(directory, limitsOf(logging).maxFile);
  }
}

/**
 * Where to begin to read and, unless it is followed, to end; and how many of
 * the wanted lines to leave out.
 */
function beginning(
  directory: string,
  options: LogOptions,
): { from?: Position | undefined; until: Position; skip: number } {
  const { since, tail } = options;
  const first = since === undefined ? undefined : findTime(directory, since);
  const last = tail === undefined
    ? undefined
    : findTail(directory, tail, options);
  const from = first && last ? later(first, last) : first ?? last;
  const until = findEnd(directory);
  if (tail === undefined) return { from, until, skip: 0 };
  let lines = 0;
  const wanted = new Lines(options);
  for (const records of present(directory, { from, until })) {
    for (const record of records) {
      for (const { begins } of wanted.take(record)) lines += Number(begins);
    }
  }
  return { from, until, skip: Math.max(0, lines - tail) };
}

function later(a: Position, b: Position): Position {
  return a.file > b.file || (a.file === b.file && a.offset > b.offset) ? a : b;
}

/** What there is; what comes meanwhile, behind the end, is left out. */
function* present(
  directory: string,
  options: ReaderOptions,
): Generator<LogRecord[]> {
  using reader = new LogReader(directory, options);
  for (let records; (records = reader.next()).length > 0;) yield records;
}

async function* follow(
  store: Store,
  id: ContainerId,
  directory: string,
  from: Position | undefined,
  { until, warn }: LogOptions,
): AsyncGenerator<LogRecord[]> {
  // It has not come to life yet, so it wrote nothing.
  if (!exists(directory)) return;
  const left = until === undefined
    ? undefined
    : Number(until / 1_000_000n) - Date.now();
  using timer = left === undefined ? undefined : startTimer(Math.max(0, left));
  yield* followLog(directory, readMonitor(store, id), {
    from,
    missed: teller(warn),
    stop: timer?.over,
  });
}

function teller(warn: LogOptions["warn"]): (files: number) => void {
  return (files) => {
    const what = files === 1 ? "a file" : `${files} files`;
    warn?.(`${what} of the log was deleted before it could be read`);
  };
}

async function* printed(
  source: AsyncIterable<LogRecord[]> | Iterable<LogRecord[]>,
  options: LogOptions,
  skip: number,
  logging: Logging,
): AsyncGenerator<LogPiece> {
  const raw = isRaw(options);
  const lines = new Lines(options, skip);
  const formatter = formatterOf(options, logging);
  for await (const records of source) {
    for (const record of records) {
      if (raw && lines.takesAll(record.time)) {
        yield record;
        continue;
      }
      if (lines.isOver(record.time)) return yield* formatter.end();
      const parts: Uint8Array[] = [];
      for (const piece of lines.take(record)) {
        parts.push(...formatter.format(piece));
      }
      if (parts.length > 0) {
        yield { stream: record.stream, bytes: joined(parts) };
      }
    }
  }
  yield* formatter.end();
}

/** Whether lines are printed as they were written. */
function isRaw({ timestamps, details, format = "text" }: LogOptions): boolean {
  return !timestamps && !details && format === "text";
}

function formatterOf(options: LogOptions, { attributes }: Logging): Formatter {
  const { format = "text", timestamps, details } = options;
  if (format === "cri") return cri();
  if (format === "json-file") return jsonFile(attributes);
  return plain({
    timestamps,
    details: details ? detailsText(attributes) : undefined,
  });
}
