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
  cause?: unknown;
}

/** A control group could not be planned, made, changed, read or removed. */
export class CgroupError extends Error {
  override readonly name = "CgroupError";
  readonly file?: string;
  readonly value?: string;
  readonly what?: string;
  readonly controller?: string;
  readonly code?: string;
  readonly pids?: number[];

  constructor(message: string, facts: CgroupErrorFacts = {}) {
    const { cause, ...fields } = facts;
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, fields);
  }
}
