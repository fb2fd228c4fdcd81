/**
 * What is wrong with a config.json, as data and as one line.
 *
 * @module
 */
import type { Problem } from "../../sys/problem.ts";

/** How many problems are told in full; of the rest, the path only. */
const TOLD = 3;

/** A config.json that is missing, is not JSON, or breaks the specification. */
export class SpecError extends Error {
  /** Tells it from other errors. */
  override readonly name = "SpecError";

  /** Puts the first few problems into the message. */
  constructor(
    /** The file as the user named it. */
    readonly file: string,
    /** All that is wrong; a path of "" is the file itself. */
    readonly problems: readonly Pick<Problem, "path" | "message">[],
  ) {
    const told = problems.slice(0, TOLD).map(({ path, message }) =>
      path === "" ? message : `${path}: ${message}`
    );
    const rest = problems.slice(TOLD).map(({ path }) => path);
    const more = rest.length === 0
      ? ""
      : `; and ${rest.length} more: ${rest.join(", ")}`;
    super(`${file}: ${told.join("; ")}${more}`);
  }
}
