/**
 * ppoll(2) in rows.
 *
 * @module
 */
import type { Addr, Arg, Program } from "../init/program.ts";

/** Offsets in struct pollfd { int fd; short events, revents; }. */
export const POLLFD = { fd: 0, events: 4, revents: 6, size: 8 } as const;

/** Bytes of sigset_t in the kernel. */
export const SIGSET_SIZE = 8;

/** There is something to be read. */
export const POLLIN = 1;

/**
 * Has the pollfd at `source` wait for `events` of a descriptor. With none of
 * them it waits for errors, which are always told.
 */
export function emitWatch(
  program: Program,
  source: Addr,
  fd: Arg,
  events = POLLIN,
): void {
  program.store(4, source, fd);
  program.store(2, source.plus(POLLFD.events), events);
}
