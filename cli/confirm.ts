/**
 * Asking before something is removed.
 *
 * @module
 */
import { isTerminal } from "../sys/terminal.ts";
import { print } from "./output.ts";
import { UsageError } from "./usage.ts";

/** The flag of verbs that ask. */
export const FORCE = {
  type: Boolean,
  alias: "f",
  help: "Do not ask",
} as const;

const QUESTION = "Are you sure you want to continue?";

/**
 * Whether the user agrees to what the warning says.
 *
 * @throws {UsageError} where there is no terminal on which to ask
 */
export function isConfirmed(warning: string): boolean {
  const STDIN = 0;
  if (!isTerminal(STDIN)) {
    throw new UsageError(
      "stdin is no terminal on which to ask whether to go on; use --force",
    );
  }
  print(warning);
  return confirm(QUESTION);
}
