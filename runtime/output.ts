/**
 * Writing to stdout and stderr without being held up: rkl has to pass input and
 * signals on, too, while a pipe is full.
 *
 * @module
 */
import { EPOLL, waitFor } from "../sys/epoll.ts";
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Fd, O, open, write } from "../sys/fd.ts";
import { trySyscall } from "../sys/syscall.ts";

/** Descriptors to write to instead of these. */
const opened = new Map<number, number>();

/**
 * Writes all to a descriptor, waiting where it is a pipe that is full.
 *
 * @throws {SyscallError} EPIPE when nobody will read it any more
 */
export async function writeOut(fd: number, bytes: Uint8Array): Promise<void> {
  const number = opened.get(fd) ?? openAgain(fd);
  for (let at = 0; at < bytes.length;) {
    const count = writeTo(number, fd, bytes.subarray(at));
    if (count !== undefined) at += count;
    else if (!(await waitFor(number, EPOLL.OUT).events & EPOLL.OUT)) {
      throw closed(fd);
    }
  }
}

/**
 * A pipe once more, as a description of rkl's own that does not block: whether
 * the one it was given does is a matter for all who share it. Files and
 * terminals never block for long.
 */
function openAgain(fd: number): number {
  const F_GETPIPE_SZ = 1032; // linux/fcntl.h; fails for all but pipes
  const isPipe = trySyscall("fcntl", fd, F_GETPIPE_SZ) >= 0;
  const own = isPipe ? tryOpenWriter(`/proc/self/fd/${fd}`) : undefined;
  const number = own?.number ?? fd;
  opened.set(fd, number);
  return number;
}

/** Undefined where nobody reads it any more, or it is another user's. */
function tryOpenWriter(path: string): Fd | undefined {
  try {
    return open(path, O.WRONLY | O.NONBLOCK);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

/** As {@linkcode write}; an error names the descriptor that is known. */
function writeTo(
  number: number,
  fd: number,
  bytes: Uint8Array,
): number | undefined {
  try {
    return write(number, bytes);
  } catch (error) {
    const gone = error instanceof SyscallError && error.code === "EPIPE";
    throw gone ? closed(fd) : error;
  }
}

function closed(fd: number): SyscallError {
  return new SyscallError("write", `descriptor ${fd}`, ERRNO.EPIPE!);
}
