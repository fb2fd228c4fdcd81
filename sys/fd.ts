/**
 * Descriptors that close themselves, and what is done with them.
 *
 * @module
 */
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import { words } from "./memory.ts";
import { syscall, type SyscallArg, trySyscall } from "./syscall.ts";

/** An open descriptor, closed by `using` on every path. */
export class Fd implements Disposable {
  #open = true;

  /** Takes over a descriptor that is open. */
  constructor(
    /** As system calls take it. */
    readonly number: number,
    /** What was opened, for messages. */
    readonly path: string,
  ) {}

  /** Closes the descriptor; a second time does nothing. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    trySyscall("close", this.number);
  }
}

/** Flags of open(2), from asm-generic/fcntl.h. */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  // The architectures disagree on these two: arm keeps its own values.
  DIRECTORY: Deno.build.arch === "aarch64" ? 0o40000 : 0o200000,
  NOFOLLOW: Deno.build.arch === "aarch64" ? 0o100000 : 0o400000,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
} as const;

/** The `dfd` that means the working directory, from linux/fcntl.h. */
export const AT_FDCWD = -100;

/** Flags of the *at calls, from linux/fcntl.h. */
export const AT = {
  SYMLINK_NOFOLLOW: 0x100,
  EACCESS: 0x200,
  REMOVEDIR: 0x200,
  RECURSIVE: 0x8000,
  EMPTY_PATH: 0x1000,
} as const;

/** How openat2(2) resolves a path, from linux/openat2.h. */
export const RESOLVE = {
  NO_MAGICLINKS: 0x02,
  NO_SYMLINKS: 0x04,
  BENEATH: 0x08,
  IN_ROOT: 0x10,
} as const;

/**
 * Opens a path; always close-on-exec.
 *
 * @throws {SyscallError}
 */
export function open(path: string, flags: number = O.RDONLY, mode = 0o600): Fd {
  const number = syscall("openat", AT_FDCWD, path, flags | O.CLOEXEC, mode);
  return new Fd(number, path);
}

/**
 * As {@linkcode open}; undefined where the path leads to nothing.
 *
 * @throws {SyscallError} for any reason but ENOENT
 */
export function tryOpen(
  path: string,
  flags?: number,
  mode?: number,
): Fd | undefined {
  try {
    return open(path, flags, mode);
  } catch (error) {
    if ((error as SyscallError).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Opens a path as the root `root` sees it: no link and no `..` leads out, as
 * openat2(2) with RESOLVE_IN_ROOT.
 *
 * @throws {SyscallError}
 */
export function openInRoot(root: Fd, path: string, flags: number): Fd {
  // struct open_how { u64 flags; u64 mode; u64 resolve; }
  const how = words(
    flags | O.CLOEXEC,
    0,
    RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS,
  );
  const number = syscall("openat2", root.number, path, how, how.length);
  return new Fd(number, path);
}

/**
 * Opens a file of a container for reading, as {@linkcode openInRoot}. A device
 * or a pipe that was put in its place is not opened: its driver would act.
 *
 * @throws {SyscallError} also EISDIR, and EACCES for what is no file either
 */
export function openFileInRoot(root: Fd, path: string): Fd {
  using held = openInRoot(root, path, O.PATH);
  const there = `/proc/self/fd/${held.number}`;
  const { isFile, isDirectory } = Deno.statSync(there);
  // Without waiting for whoever has a lease on it: see fcntl(2), F_SETLEASE.
  if (isFile) return open(there, O.RDONLY | O.NONBLOCK | O.NOCTTY);
  const errno = isDirectory ? ERRNO.EISDIR! : ERRNO.EACCES!;
  throw new SyscallError("open", path, errno);
}

/** A pipe: what is written to the second end is read from the first. */
export function pipe(): [read: Fd, write: Fd] {
  const ends = new Int32Array(2);
  syscall("pipe2", new Uint8Array(ends.buffer), O.CLOEXEC);
  return [new Fd(ends[0]!, "pipe"), new Fd(ends[1]!, "pipe")];
}

/**
 * A number of 64 bits, 0 at first: writes add to it, and a read takes it away, as eventfd(2). Nothing waits.
 */
export function eventCounter(): Fd {
  const flags = O.CLOEXEC | O.NONBLOCK; // EFD_CLOEXEC and EFD_NONBLOCK
  return new Fd(syscall("eventfd2", 0, flags), "eventfd");
}

/** One more descriptor for what another one stands for, as dup(2). */
export function duplicate({ number, path }: Fd): Fd {
  const F_DUPFD_CLOEXEC = 1030; // linux/fcntl.h
  return new Fd(syscall("fcntl", number, F_DUPFD_CLOEXEC, 3), path);
}

/** Lets a descriptor live through exec, or not. */
export function setInheritable(fd: number, inheritable: boolean): void {
  const [F_SETFD, FD_CLOEXEC] = [2, 1];
  syscall("fcntl", fd, F_SETFD, inheritable ? 0 : FD_CLOEXEC);
}

/** Makes reads and writes return EAGAIN where they would wait. */
export function setNonBlocking(fd: number): void {
  const [F_GETFL, F_SETFL] = [3, 4];
  const flags = syscall("fcntl", fd, F_GETFL);
  syscall("fcntl", fd, F_SETFL, flags | O.NONBLOCK);
}

/**
 * Reads what is there into `buffer`. Returns how many bytes came, 0 at the
 * end, or undefined when a non-blocking descriptor has nothing yet.
 *
 * @throws {SyscallError} for any other failure
 */
export function read(fd: number, buffer: Uint8Array): number | undefined {
  return transfer("read", fd, buffer);
}

/**
 * Writes from `buffer`. Returns how many bytes went, or undefined when a
 * non-blocking descriptor takes none now.
 *
 * @throws {SyscallError} for any other failure, EPIPE among them
 */
export function write(fd: number, buffer: Uint8Array): number | undefined {
  return transfer("write", fd, buffer);
}

/**
 * Writes all of `buffer` to a descriptor that blocks.
 *
 * @throws {SyscallError}
 */
export function writeAll(fd: number, buffer: Uint8Array): void {
  for (let at = 0; at < buffer.length;) {
    at += transfer("write", fd, buffer.subarray(at)) ?? 0;
  }
}

function transfer(
  name: "read" | "write",
  fd: number,
  buffer: Uint8Array,
): number | undefined {
  if (buffer.length === 0) return 0;
  for (;;) {
    const result = trySyscall(name, fd, buffer, buffer.length);
    if (result >= 0) return result;
    if (result === -ERRNO.EINTR!) continue;
    if (result === -ERRNO.EAGAIN!) return undefined;
    throw new SyscallError(name, `descriptor ${fd}`, -result);
  }
}

/** Takes a lock that ends with its holder, as flock(2). */
export function lockExclusive(fd: Fd): void {
  const LOCK_EX = 2;
  syscall("flock", fd.number, LOCK_EX);
}

/** Takes the lock if nobody holds it, and says whether it did. */
export function tryLockExclusive(fd: Fd): boolean {
  const LOCK_EX = 2;
  return tryLock(fd, LOCK_EX);
}

/** Takes a part in the lock if nobody holds it alone, and says whether it did. */
export function tryLockShared(fd: Fd): boolean {
  const LOCK_SH = 1;
  return tryLock(fd, LOCK_SH);
}

function tryLock(fd: Fd, operation: number): boolean {
  const LOCK_NB = 4;
  const result = trySyscall("flock", fd.number, operation | LOCK_NB);
  if (result >= 0) return true;
  if (result === -ERRNO.EAGAIN!) return false;
  throw new SyscallError("flock", fd.path, -result);
}

/**
 * An unlinked file in memory that can be executed, sealed against change; see
 * memfd_create(2). Kernels before 6.3 do not know MFD_EXEC and need not be
 * told.
 *
 * @throws {SyscallError} EACCES where the host forbids executable memfds
 */
export function executableMemfd(name: string, content: Uint8Array): Fd {
  const [MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_EXEC] = [1, 2, 0x10];
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  let number = trySyscall("memfd_create", name, flags | MFD_EXEC);
  if (number === -ERRNO.EINVAL!) {
    number = syscall("memfd_create", name, flags);
  }
  if (number < 0) throw new SyscallError("memfd_create", name, -number);
  const file = new Fd(number, name);
  try {
    writeAll(number, content);
    const [F_ADD_SEALS, SEAL_ALL] = [1033, 0xf]; // SEAL|SHRINK|GROW|WRITE
    syscall("fcntl", number, F_ADD_SEALS, SEAL_ALL);
    return file;
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/** ioctl(2), with a structure or a plain value. */
export function ioctl(fd: number, request: number, arg: SyscallArg): number {
  return syscall("ioctl", fd, request, arg);
}
