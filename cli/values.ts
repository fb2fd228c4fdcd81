/**
 * The kinds of values flags take, each a function from its text that throws
 * what would be right.
 *
 * @module
 */

/** Turns text into a value; throws an Error that says what is allowed. */
export interface Parser<T> {
  (text: string): T;
  /** All texts allowed, where they can be listed; shell completion offers them. */
  readonly choices?: readonly string[];
}

/** Any text but none. */
export function text(text: string): string {
  if (text === "") throw new Error("must not be empty");
  return text;
}

/** `KEY=VALUE`, or a bare `KEY`. */
export function assignment(text: string): string {
  if (/^[^=]/.test(text)) return text;
  throw new Error("must be KEY=VALUE");
}

/** `KEY=VALUE` */
export function pair(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new Error("must be KEY=VALUE");
}

/** `KEY=VALUE`, or `KEY` alone for an empty value. */
export function label(text: string): readonly [string, string] {
  return pair(text.includes("=") ? text : `${text}=`);
}

/** A decimal integer from `min` to `max`. */
export function integer(
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): Parser<number> {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    const top = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
    throw new Error(
      top ? `must be an integer from ${min}${top}` : atLeast(min),
    );
  };
}

/** CPUs or memory nodes by number, as cpuset(7) lists them. */
export function numberList(text: string): string {
  if (/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return text;
  throw new Error("must be a list such as 0-2,5");
}

/** A duration in seconds, fractions allowed. */
export function seconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new Error("must be a number of seconds, such as 10 or 0.5");
}

/** One of `choices`. */
export function oneOf<const T extends string>(...choices: T[]): Parser<T> {
  const parse = (text: string) => {
    const choice = choices.find((choice) => choice === text);
    if (choice !== undefined) return choice;
    const others = choices.slice(0, -1).join(", ");
    throw new Error(`must be ${others} or ${choices.at(-1)}`);
  };
  return Object.assign(parse, { choices });
}

function atLeast(min: number): string {
  return `must be an integer, ${min} or more`;
}
