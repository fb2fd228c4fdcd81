/**
 * The mistake of a command line, as an error.
 *
 * @module
 */

/** Near misses among `known` are looked for only once the error is printed. */
export interface Unknown {
  /** The word as it was typed. */
  readonly word: string;
  /** All that could stand in its place. */
  readonly known: readonly string[];
}

/** A command line that cannot be carried out as written. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** rkl's own errors, as docker and podman number them. */
  readonly exitCode = 125;

  constructor(message: string, readonly unknown?: Unknown) {
    super(message);
  }
}
