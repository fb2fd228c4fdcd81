/**
 * The error of a plan that cannot be made.
 *
 * @module
 */

/** A config that asks for something this host or rkl cannot do. */
export class PlanError extends Error {
  /** Tells it from other errors. */
  override readonly name = "PlanError";
}
