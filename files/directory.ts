/**
 * Directories by descriptors, and what is in them. No link is ever followed, so
 * that whoever swaps one in meanwhile leads nobody elsewhere.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { Fd, O } from "../sys/fd.ts";
import { cstr, viewOf } from "../sys/memory.ts";
import { syscall, trySyscall } from "../sys/syscall.ts";
import { type Name, SELF, textOf } from "./node.ts";

/** One entry as the kernel hands it out; see getdents64(2). */
const HEADER = 19; // u64 ino, s64 off, u16 reclen, u8 type
const RECORD_LENGTH = 16;
const buffer = new Uint8Array(64 * 1024);
const view = viewOf(buffer);

/**
 * Opens what is called `name` in the directory `at`; a link is not followed.
 *
 * @throws {SyscallError}
 */
export function openAt(at: number, name: Name, flags: number, mode = 0): Fd {
  const opened = tryOpenAt(at, name, flags, mode);
  if (typeof opened !== "number") return opened;
  throw new SyscallError("open", textOf(name), opened);
}

/** As {@linkcode openAt}, but an errno instead of an exception. */
export function tryOpenAt(
  at: number,
  name: Name,
  flags: number,
  mode = 0,
): Fd | number {
  const all = flags | O.CLOEXEC | O.NOFOLLOW | O.NOCTTY;
  const result = trySyscall("openat", at, name, all, mode);
  return result >= 0 ? new Fd(result, textOf(name)) : -result;
}

/**
 * Opens a directory in a directory, to list it.
 *
 * @throws {SyscallError} ENOTDIR for anything else, a link too
 */
export function openDirectory(at: number, name: Name = SELF): Fd {
  return openAt(at, name, O.RDONLY | O.DIRECTORY);
}

/**
 * Opens again, in another way, the very thing that a descriptor of O_PATH
 * stands for, whatever has its name by now.
 *
 * @throws {SyscallError}
 */
export function reopen({ number, path }: Fd, flags: number): Fd {
  const result = trySyscall(
    "openat",
    ...[-1, procPath(number), flags | O.CLOEXEC | O.NOCTTY, 0],
  );
  if (result >= 0) return new Fd(result, path);
  throw new SyscallError("open", path, -result);
}

/** The path that leads to what a descriptor stands for, in this process. */
export function procPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** The names in a directory that was opened for reading, in byte order. */
export function listNames(directory: Fd): Name[] {
  const names: Name[] = [];
  syscall("lseek", directory.number, 0, 0); // it may have been listed before
  for (;;) {
    const length = syscall(
      "getdents64",
      ...[directory.number, buffer, buffer.length],
    );
    if (length === 0) break;
    for (let at = 0; at < length;) {
      const size = view.getUint16(at + RECORD_LENGTH, true);
      const start = at + HEADER;
      const name = buffer.slice(start, buffer.indexOf(0, start) + 1);
      if (!isDots(name)) names.push(name);
      at += size;
    }
  }
  return names.sort(compareNames);
}

function isDots(name: Name): boolean {
  const DOT = 0x2e;
  return name[0] === DOT &&
    (name.length === 2 || (name.length === 3 && name[1] === DOT));
}

/** In which order two names come. */
export function compareNames(a: Name, b: Name): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Where a link leads that a descriptor of O_PATH stands for, without a NUL. */
export function readLink({ number, path }: Fd): Uint8Array {
  const size = trySyscall("readlinkat", number, "", buffer, buffer.length);
  if (size >= 0) return buffer.slice(0, size);
  throw new SyscallError("read the link", path, -size);
}

/**
 * Makes a directory; one that is there is as good. Returns whether it is new.
 *
 * @throws {SyscallError}
 */
export function makeDirectory(at: number, name: Name, mode: number): boolean {
  const result = trySyscall("mkdirat", at, name, mode);
  if (result >= 0) return true;
  if (result === -ERRNO.EEXIST!) return false;
  throw new SyscallError("make the directory", textOf(name), -result);
}

/** A name of text. */
export function nameOf(text: string): Name {
  return cstr(text);
}
