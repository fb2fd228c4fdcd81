/**
 * What is wrong with a container's specification.
 *
 * @module
 */

/** One thing that is wrong: where, in the words of who gave it, and what. */
export type Complaint = { where: string; message: string };

/** How many complaints are told; the others are counted. */
const TOLD = 3;

/**
 * A specification, in a file or in flags, that cannot be read or says what a
 * container cannot be.
 */
export class SpecificationError extends Error {
  override readonly name = "SpecificationError";

  /** @param complaints All that is wrong, in the order of the schema. */
  constructor(readonly complaints: readonly Complaint[]) {
    const told = complaints.slice(0, TOLD).map(({ where, message }) =>
      `${where}: ${message}`
    );
    const rest = complaints.length - told.length;
    super(told.join("; ") + (rest > 0 ? `; and ${rest} more` : ""));
  }
}
