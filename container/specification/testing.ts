/**
 * What tests of specifications share.
 *
 * @module
 */
import { SpecificationError } from "./specification.ts";

/** What `run` finds wrong with a specification; "" for nothing. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SpecificationError) return error.message;
    throw error;
  }
  return "";
}
