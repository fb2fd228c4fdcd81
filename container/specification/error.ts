/**
 * What is wrong with a container's specification.
 *
 * @module
 */

/** One thing that is wrong: where, in the words of who gave it, and what. */
export interface Complaint {
  /** `file:line:column: field`, or a flag. */
  where: string;
  /** What is wrong there, and what would be right. */
  message: string;
}

/** How many complaints are told; the others are counted. */
const TOLD = 3;

/**
 * A specification, in a file or in flags, that cannot be read or says what a
 * container cannot be.
 */
export class SpecificationError extends Error {
  /** Tells it from other errors. */
  override readonly name = "SpecificationError";

  /** Puts the first few complaints into the message. */
  constructor(
    /** All that is wrong, in the order of the schema. */
    readonly complaints: readonly Complaint[],
  ) {
    const told = complaints.slice(0, TOLD).map(({ where, message }) =>
      `${where}: ${message}`
    );
    const rest = complaints.length - told.length;
    super(told.join("; ") + (rest > 0 ? `; and ${rest} more` : ""));
  }
}
