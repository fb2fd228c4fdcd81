/**
 * What functions of templates are given, checked.
 *
 * @module
 */
import { describeKind, kindOf } from "./value.ts";

/** @throws {Error} unless it is a text. */
export function textArgument(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Error(`expected a text, not ${describeKind(value)}`);
}

/** @throws {Error} unless it is a whole number in these bounds. */
export function integerArgument(
  value: unknown,
  least: number,
  most: number,
): number {
  if (kindOf(value) !== "number") {
    throw new Error(`expected a number, not ${describeKind(value)}`);
  }
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) {
    return number;
  }
  throw new Error(
    most < least
      ? `${number} is out of range: it is empty`
      : `${number} is out of range: ${least} to ${most}`,
  );
}
