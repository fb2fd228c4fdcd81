/**
 * The numbers of a monitor's own descriptors.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { O, open } from "../sys/fd.ts";
import { syscall, trySyscall } from "../sys/syscall.ts";

/** Where the monitor keeps the terminal's master, for whoever attaches. */
export const MASTER_FD = 100;
/** Where it keeps the writing end of stdin. */
export const STDIN_FD = 101;

/**
 * Has this process open nothing more under those numbers: what a monitor is
 * given keeps its number, and the monitor would put its own in its place. Who
 * has many containers gets that far.
 */
export function reserveNumbers(): void {
  const F_GETFD = 1;
  for (const number of [MASTER_FD, STDIN_FD]) {
    if (trySyscall("fcntl", number, F_GETFD) !== -ERRNO.EBADF!) continue;
    const nothing = open("/dev/null");
    if (nothing.number === number) continue; // it stays open, as the others
    syscall("dup3", nothing.number, number, O.CLOEXEC);
    nothing[Symbol.dispose]();
  }
}
