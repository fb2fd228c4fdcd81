/**
 * The failure of anything done with a control group.
 *
 * @module
 */

/** What is known about a failed cgroup operation, for callers that act on it. */
export interface CgroupErrorFacts {
  /** The file or directory it was about. */
  file?: string;
  /** The value that could not be written. */
  value?: string;
  /** The limit that was being set, in words, such as `memory limit`. */
  what?: string;
  /** The controller the limit needs, such as `memory`. */
  controller?: string;
  /** The errno by name, such as `EBUSY`, where the kernel refused. */
  code?: string;
  /** Processes in the way. */
  pids?: number[];
  /** The error beneath. */
  cause?: unknown;
}

/** A control group could not be planned, made, changed, read or removed. */
export class CgroupError extends Error {
  /** `CgroupError`. */
  override readonly name = "CgroupError";
  /** The file or directory it was about. */
  readonly file?: string;
  /** The value that could not be written. */
  readonly value?: string;
  /** The limit that was being set, in words. */
  readonly what?: string;
  /** The controller the limit needs. */
  readonly controller?: string;
  /** The errno by name, where the kernel refused. */
  readonly code?: string;
  /** Processes in the way. */
  readonly pids?: number[];

  /** Carries the facts beside the message. */
  constructor(message: string, facts: CgroupErrorFacts = {}) {
    const { cause, ...fields } = facts;
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, fields);
  }
}
