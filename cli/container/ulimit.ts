/**
 * The value of `--ulimit`.
 *
 * @module
 */

/** A resource limit; -1 is no limit. */
export interface Ulimit {
  /** As `ulimit` and docker call it: `nofile`. */
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/**
 * Reads `NAME=SOFT[:HARD]`; HARD is SOFT where it is not given.
 *
 * @throws {Error} that says what is allowed.
 */
export function ulimit(text: string): Ulimit {
  const LIMIT = "(\\d+|-1|unlimited)";
  const match = new RegExp(`^(\\w+)=${LIMIT}(?::${LIMIT})?$`).exec(text);
  if (!match) {
    throw new Error(
      "must be NAME=SOFT[:HARD], numbers or unlimited, such as nofile=1024:2048",
    );
  }
  const [, name = "", soft = "", hard = soft] = match;
  const number = (text: string) => text === "unlimited" ? -1 : Number(text);
  return { name, soft: number(soft), hard: number(hard) };
}
