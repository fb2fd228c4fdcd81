/**
 * The files of a log: `000000000001`, `000000000002` and so on in a directory,
 * of which the monitor writes the last, and deletes the first when there are
 * too many.
 *
 * Who reads a file holds a lock on it, and takes that of the next one before it
 * lets go, so that the files that it has not read yet stay: the monitor deletes
 * in order. For one who waits the monitor waits too, as a pipe would; for one
 * who follows it goes on and lets files pile up, to a bound.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { SyscallError } from "../../sys/errors.ts";
import {
  type Fd,
  O,
  open,
  tryLockExclusive,
  tryLockShared,
  tryOpen,
} from "../../sys/fd.ts";
import { exists, ifThere } from "../../sys/entry.ts";
import { trySyscall } from "../../sys/syscall.ts";
import { BLOCK, decodeRecords } from "./record.ts";

/** Digits of a file's name: enough for logs of a kilobyte a file, for ever. */
export const NAME_DIGITS = 12;

/** How reading keeps files from being deleted. */
export type Hold =
  /** They pile up to a bound; what is beyond is missed. */
  | "follow"
  /** The monitor waits, and so the container, when it has filled its pipe. */
  | "wait";

/** From linux/fcntl.h: a lock that belongs to the open file, without waiting. */
export const F_OFD_SETLK = 37;
const F_RDLCK = 0, F_WRLCK = 1;

/** struct flock over a whole file: { s16 type, whence; s64 start, len; s32 pid }. */
function wholeFile(type: number): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[0] = type;
  return bytes;
}

/** The lock that is to be had when nobody who {@linkcode Hold waits} has one. */
export const WRITE_LOCK: Uint8Array = wholeFile(F_WRLCK);

/** The name of a file of a log. */
export function fileName(number: number): string {
  return String(number).padStart(NAME_DIGITS, "0");
}

/** The numbers of a log's files, from the first on; none without a log. */
export function listFiles(directory: string): number[] {
  const entries = ifThere(directory, () => [...Deno.readDirSync(directory)]);
  return (entries ?? []).map(({ name }) => Number(name))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
}

/** Opens a file to read it, held; undefined when it is not there, or no more. */
export function openFile(
  directory: string,
  number: number,
  hold: Hold,
): Fd | undefined {
  const path = `${directory}/${fileName(number)}`;
  for (;;) {
    const file = tryOpen(path);
    if (!file) return undefined;
    const held = tryHold(file, hold);
    if (held && exists(path)) return file;
    // Somebody has it, who deletes it or lets go at once.
    file[Symbol.dispose]();
  }
}

function tryHold(file: Fd, hold: Hold): boolean {
  if (hold === "follow") return tryLockShared(file);
  const lock = wholeFile(F_RDLCK);
  return trySyscall("fcntl", file.number, F_OFD_SETLK, lock) === 0;
}

/** What a monitor is given of a log to go on with. */
export interface LogPlace extends Disposable {
  readonly directory: Fd;
  /** The last file, open for writing; whole records and nothing else. */
  readonly last: Fd;
  /** Its number. */
  readonly number: number;
  /** Where its next record goes. */
  readonly end: number;
  /** The first file's. */
  readonly first: number;
}

/**
 * Opens a log to write it, and makes it unless it is there: what a monitor that
 * was killed left half written goes. Nobody else may be writing it.
 */
export function openLog(path: string): LogPlace {
  const numbers = listFiles(path);
  if (numbers.length === 0) {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  const first = numbers[0] ?? 1, number = numbers.at(-1) ?? 1;
  const name = `${path}/${fileName(number)}`;
  const directory = open(path, O.DIRECTORY);
  try {
    const last = open(name, O.RDWR | O.CREAT);
    const dispose = () => {
      directory[Symbol.dispose]();
      last[Symbol.dispose]();
    };
    const end = numbers.length > 0 ? repair(last, name) : 0;
    return { directory, last, number, end, first, [Symbol.dispose]: dispose };
  } catch (error) {
    directory[Symbol.dispose]();
    throw error;
  }
}

/** Cuts off what is behind the last whole record of a file; returns its end. */
function repair(file: Fd, path: string): number {
  const { end, size } = endOf(file);
  if (end < size) Deno.truncateSync(path, end);
  return end;
}

/** Where the last whole record of a file ends, and the file. */
export function endOf(file: Fd): { end: number; size: number } {
  const size = sizeOf(file);
  const start = Math.floor(Math.max(0, size - 1) / BLOCK) * BLOCK;
  const { used } = decodeRecords(readAt(file, start, size - start));
  return { end: start + used, size };
}

/** How long a file is. */
export function sizeOf(file: Fd): number {
  return Deno.statSync(`/proc/self/fd/${file.number}`).size;
}

/** Up to `length` bytes of a file from `offset` on. */
export function readAt(file: Fd, offset: number, length: number): Uint8Array {
  const buffer = new Uint8Array(length);
  const count = trySyscall("pread64", file.number, buffer, length, offset);
  if (count < 0) throw new SyscallError("read", file.path, -count);
  return buffer.subarray(0, count);
}

/**
 * Deletes what is more than `most` files, as far as nobody holds it: what piled
 * up for one who has gone.
 */
export function trimLog(directory: string, most: number): void {
  for (const number of listFiles(directory).slice(0, -most)) {
    const path = `${directory}/${fileName(number)}`;
    using file = tryOpen(path, O.RDWR);
    if (!file) continue;
    const { number: fd } = file;
    const free = trySyscall("fcntl", fd, F_OFD_SETLK, WRITE_LOCK) === 0 &&
      tryLockExclusive(file);
    if (!free) return;
    const gone = trySyscall("unlinkat", -100, path, 0);
    if (gone < 0 && gone !== -ERRNO.ENOENT!) {
      throw new SyscallError("delete", path, -gone);
    }
  }
}
