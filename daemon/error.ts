/**
 * A daemon that cannot be had.
 *
 * @module
 */

/** A daemon that cannot be started, or does not answer as it should. */
export class DaemonError extends Error {
  /** Tells it from other errors. */
  override readonly name = "DaemonError";

  /** Says what stood in the way, and where to look. */
  constructor(
    /** Where it keeps its state. */
    readonly root: string,
    /** What stood in the way. */
    readonly problem: string,
    options: ErrorOptions = {},
  ) {
    super(`the daemon of ${root}: ${problem}`, options);
  }
}
