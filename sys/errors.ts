/**
 * The error of a failed system call.
 *
 * @module
 */
import { describeErrno, errnoName } from "./errno.ts";

/** A failed system call: what was called, on what, and the errno. */
export class SyscallError extends Error {
  /** Tells it from other errors. */
  override readonly name = "SyscallError";
  /** The errno by name, such as `ENOENT`. */
  readonly code: string;

  /** Names the errno and says what it means. */
  constructor(
    /** The system call or the action it serves, such as `openat2`. */
    readonly syscall: string,
    /** What it was called on: a path, an id, a descriptor. */
    readonly subject: string,
    /** The errno as a positive number. */
    readonly errno: number,
  ) {
    super(
      `cannot ${syscall}${subject ? ` ${subject}` : ""}: ${
        describeErrno(errno)
      }`,
    );
    this.code = errnoName(errno);
  }
}

/**
 * Whether the kernel lacked room for one more descriptor or for what is behind
 * it, which ends by itself: by an error, or its number.
 */
export function isShortage(error: unknown): boolean {
  const number = error instanceof SyscallError ? error.errno : error;
  return typeof number === "number" &&
    ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"].includes(errnoName(number));
}
