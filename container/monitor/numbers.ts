/**
 * The numbers of a monitor's own descriptors.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { open } from "../../sys/fd.ts";
import { syscall, trySyscall } from "../../sys/syscall.ts";
import { KEPT } from "./terms.ts";

/**
 * Has this process open nothing more under those numbers: what a monitor is
 * given keeps its number, and the monitor would put its own in its place. Who
 * has many containers gets that far.
 */
export function reserveNumbers(): void {
  const [F_GETFD, F_DUPFD_CLOEXEC] = [1, 1030];
  for (const number of Object.values(KEPT)) {
    if (trySyscall("fcntl", number, F_GETFD) !== -ERRNO.EBADF!) continue;
    const nothing = open("/dev/null");
    if (nothing.number === number) continue; // it stays open, as the others
    // Not dup3(2): another thread may have opened something there meanwhile.
    const copy = syscall("fcntl", nothing.number, F_DUPFD_CLOEXEC, number);
    if (copy !== number) syscall("close", copy);
    nothing[Symbol.dispose]();
  }
}
