/**
 * Signals as operands and as values of flags.
 *
 * @module
 */
import { parseSignal, SIGNAL_NAMES } from "../sys/signals.ts";
import { UsageError } from "./usage.ts";
import type { Parser } from "./values.ts";

/** A flag's value that is a signal. */
export const signal: Parser<number> = Object.assign(parseSignal, {
  choices: SIGNAL_NAMES,
});

/** As {@linkcode signal}, for those who keep the name as it is written. */
export const signalText: Parser<string> = Object.assign(
  (text: string) => {
    parseSignal(text);
    return text;
  },
  { choices: SIGNAL_NAMES },
);

/**
 * The signal an operand names.
 *
 * @throws {UsageError} when it names none.
 */
export function signalOf(text: string): number {
  try {
    return parseSignal(text);
  } catch (cause) {
    throw new UsageError((cause as Error).message);
  }
}
