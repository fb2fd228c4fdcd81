/**
 * The question before much is removed, as docker asks it.
 *
 * @module
 */
import { isTerminal } from "../sys/terminal.ts";
import { print } from "./output.ts";
import { UsageError } from "./usage.ts";

/**
 * Whether the user wants what is listed to be removed.
 *
 * @throws {UsageError} where nobody can be asked
 */
export function isConfirmed(going: readonly string[]): boolean {
  const STDIN = 0;
  if (!isTerminal(STDIN)) {
    throw new UsageError(
      "stdin is no terminal on which to ask whether to go on; use --force",
    );
  }
  const lines = going.map((what) => `  - ${what}\n`).join("");
  print(`WARNING! This will remove:\n${lines}`);
  return confirm("Are you sure you want to continue?");
}
