/**
 * One lock for each network namespace.
 *
 * Networks of several stores share the host's packet filter, so a lock in a
 * store's directory does not keep them apart. flock(2) on the namespace itself
 * does: all who are in it open the same inode, and nothing has to be made or
 * removed.
 *
 * @module
 */
import { type Fd, lockExclusive, open } from "../sys/fd.ts";

/**
 * Waits for the lock of the calling thread's network namespace, and holds it
 * until disposed of. Who has it does not ask for another lock.
 */
export function lockHostNetwork(): Fd {
  const netns = open("/proc/thread-self/ns/net");
  lockExclusive(netns);
  return netns;
}
