/**
 * What a container wrote, for people to read.
 *
 * @module
 */
import { open } from "../sys/fd.ts";
import { SyscallError } from "../sys/errors.ts";
import type { Store } from "../runtime/store.ts";
import { followLog, readLog } from "./log.ts";
import type { LogRecord } from "./records.ts";
import { find } from "./find.ts";
import type { ContainerId } from "./id.ts";
import { containerDirectory, readMonitor } from "./store.ts";

/** Options of `logs`. */
export interface LogOptions {
  /** Go on until the container ends. */
  follow?: boolean;
  /** Begin with the last n lines. */
  tail?: number;
  /** Put the time in front of each line. */
  timestamps?: boolean;
  /** Leave out what is older. */
  since?: Date;
}

/** Bytes for one of the two streams. */
export type LogPiece = Pick<LogRecord, "stream" | "bytes">;

/**
 * The output of a container, in the order in which it was written.
 *
 * @throws {NoSuchContainerError}
 */
export async function* readLogs(
  store: Store,
  name: string,
  options: LogOptions = {},
): AsyncGenerator<LogPiece> {
  const { container: { id } } = await find(store, name);
  const path = `${containerDirectory(store, id)}/log`;
  const since = BigInt(options.since?.getTime() ?? 0) * 1_000_000n;
  const skip = options.tail === undefined
    ? 0
    : linesBefore(path, options.tail, since);
  const format = formatter(options.timestamps ?? false, skip);
  for await (const records of source(store, id, path, options.follow)) {
    for (const record of records) {
      if (record.time < since) continue;
      const bytes = format(record);
      if (bytes.length > 0) yield { stream: record.stream, bytes };
    }
  }
}

async function* source(
  store: Store,
  id: ContainerId,
  path: string,
  follow: boolean | undefined,
): AsyncGenerator<LogRecord[]> {
  try {
    if (!follow) return yield* readLog(path);
    using log = open(path);
    yield* followLog(path, log, readMonitor(store, id));
  } catch (error) {
    // It has not come to life yet, so it wrote nothing.
    if (!(error instanceof SyscallError) || error.code !== "ENOENT") {
      throw error;
    }
  }
}

/** How many lines come before the last `tail`. */
function linesBefore(path: string, tail: number, since: bigint): number {
  let lines = 0;
  const partial = { stdout: false, stderr: false };
  for (const records of readLog(path)) {
    for (const { bytes, stream, time } of records) {
      if (time < since) continue;
      lines += countLines(bytes);
      partial[stream] = bytes.at(-1) !== NEWLINE;
    }
  }
  const whole = lines + Number(partial.stdout) + Number(partial.stderr);
  return Math.max(0, whole - tail);
}

const NEWLINE = 10;

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = 0; (at = bytes.indexOf(NEWLINE, at) + 1) > 0;) lines++;
  return lines;
}

/**
 * Turns records into what is printed: the first `skip` lines are left out,
 * each line may begin with its time. A record may begin or end inside a line.
 */
export function formatter(
  timestamps: boolean,
  skip: number,
): (record: LogRecord) => Uint8Array {
  const middle = { stdout: false, stderr: false };
  let toSkip = skip;
  const skipping = { stdout: false, stderr: false };
  return ({ bytes, stream, time }) => {
    if (!timestamps && toSkip === 0 && !skipping[stream]) return bytes;
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline + 1;
      if (!middle[stream]) {
        skipping[stream] = toSkip > 0;
        if (toSkip > 0) toSkip--;
        if (timestamps && !skipping[stream]) pieces.push(stamp(time));
      }
      if (!skipping[stream]) pieces.push(bytes.subarray(at, end));
      middle[stream] = newline < 0;
      if (newline >= 0) skipping[stream] = false;
      at = end;
    }
    return concat(pieces);
  };
}

/** RFC 3339 with nanoseconds, as docker prints it. */
function stamp(time: bigint): Uint8Array {
  const second = new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19);
  const nanos = String(time % 1_000_000_000n).padStart(9, "0");
  return new TextEncoder().encode(`${second}.${nanos}Z `);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, { length }) => sum + length, 0);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
