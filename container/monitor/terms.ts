/**
 * What monitors and those who attach to their containers agree on.
 *
 * @module
 */

/** Descriptors of a monitor that others may take, by pidfd_getfd(2). */
export const KEPT = {
  /** The terminal's master. */
  master: 100,
  /** The pipe of stdin, by O_PATH, from which writing ends are opened. */
  stdinPipe: 101,
  /** A writing end of it, so that stdin does not end. */
  stdinWriter: 103,
  /** What ends all in its cgroup, where init does not take them along. */
  kill: 104,
} as const;

/** Signals a monitor takes. */
export const SIGNALS = {
  /** SIGUSR1: closes the writing end, as somebody else has one. */
  closeStdin: 10,
  /** SIGCHLD: a child ended. */
  child: 17,
} as const;
