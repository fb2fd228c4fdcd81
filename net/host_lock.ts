/**
 * One lock for each network namespace.
 *
 * Networks of several stores share the host's packet filter, so a lock in a
 * store's directory does not keep them apart. flock(2) on a setting of the
 * namespace does: all who are in it open the same inode, and nothing has to be
 * made or removed. It is a setting that root alone may open. The file of the
 * namespace anybody may open, and lock, who is in it.
 *
 * @module
 */
import { SyscallError } from "../sys/errors.ts";
import { type Fd, lockExclusive, O, open } from "../sys/fd.ts";

/** Mode 0200; what is written there empties a cache that is no more. */
const SETTING = "/proc/sys/net/ipv4/route/flush";

/** Where settings may not be changed, or the namespace has none of them. */
const CLOSED: readonly string[] = ["ENOENT", "EROFS", "EACCES", "EPERM"];

/**
 * Waits for the lock of the calling thread's network namespace, and holds it
 * until disposed of. Who has it does not ask for another lock.
 */
export function lockHostNetwork(): Fd {
  const lock = openHostLock();
  lockExclusive(lock);
  return lock;
}

/** What is locked; nothing is written to it. */
export function openHostLock(): Fd {
  try {
    return open(SETTING, O.WRONLY);
  } catch (error) {
    if (!(error instanceof SyscallError && CLOSED.includes(error.code))) {
      throw error;
    }
    return open("/proc/thread-self/ns/net");
  }
}
