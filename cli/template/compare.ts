/**
 * Go's comparisons: of texts with texts, of numbers with numbers.
 *
 * @module
 */
import { describeKind, kindOf } from "./value.ts";

/** Whether `first` equals one of `others`. */
export function equalsAny(first: unknown, others: readonly unknown[]): boolean {
  return others.some((other) => equals(first, other));
}

/** Whether both are the same. What is not there equals nil. */
export function equals(a: unknown, b: unknown): boolean {
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (kind === "nothing" || other === "nothing") return kind === other;
  if (kind === other && kind !== "list" && kind !== "map") {
    return kind === "number" ? Number(a) === Number(b) : a === b;
  }
  throw new Error(
    `cannot compare ${describeKind(a)} with ${describeKind(b)}`,
  );
}

/** Which of two texts or numbers is before the other: less than, 0, or more. */
export function order(a: unknown, b: unknown): number {
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (kind !== other || (kind !== "text" && kind !== "number")) {
    throw new Error(`cannot order ${describeKind(a)} and ${describeKind(b)}`);
  }
  return (a as string) < (b as string)
    ? -1
    : (a as string) > (b as string)
    ? 1
    : 0;
}
