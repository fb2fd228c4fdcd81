/**
 * What the operations refuse, and why.
 *
 * @module
 */
import type { Status } from "./status.ts";

/** An operation that the container's status does not allow. */
export class StatusError extends Error {
  /** Tells it from other errors. */
  override readonly name = "StatusError";

  /** Says what was attempted, the status, and what would help. */
  constructor(
    action: string,
    /** The container. */
    readonly id: string,
    /** Its status, which is in the way. */
    readonly status: Status | "restarting",
    hint: string,
  ) {
    super(
      `cannot ${action} container "${id}": it is ${status}${
        hint && `; ${hint}`
      }`,
    );
  }
}

/** Options that contradict the config. */
export class OptionError extends Error {
  /** Tells it from other errors. */
  override readonly name = "OptionError";
}
