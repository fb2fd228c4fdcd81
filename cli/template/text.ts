/**
 * Values as Go prints them.
 *
 * @module
 */
import { keysOf, kindOf, valueAt } from "./value.ts";

/** How texts, numbers, truth values and nothing are written. */
export type Leaf = (value: unknown) => string;

/** As `%v` prints it: `[a b]`, `map[a:1 b:2]`; or with other leaves. */
export function textOf(value: unknown, leaf: Leaf = plainText): string {
  switch (kindOf(value)) {
    case "list": {
      const items = value as readonly unknown[];
      return `[${items.map((item) => textOf(item, leaf)).join(" ")}]`;
    }
    case "map": {
      const map = value as object;
      const pairs = keysOf(map)
        .map((key) => [key, valueAt(map, key)] as const)
        .filter(([, part]) => typeof part !== "function")
        .map(([key, part]) => `${leaf(key)}:${textOf(part, leaf)}`);
      return `map[${pairs.join(" ")}]`;
    }
    default:
      return leaf(value);
  }
}

/** As an action prints it: what is not there is `<no value>`. */
export function printedText(value: unknown): string {
  return value === undefined ? "<no value>" : textOf(value);
}

/** A value without parts. */
export function plainText(value: unknown): string {
  if (value === undefined || value === null) return "<nil>";
  return typeof value === "number" ? numberText(value) : String(value);
}

/** A whole number as it is, others as Go's `%v` has them. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) {
    return String(BigInt(value));
  }
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  }
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  return power >= -4 && power < 6
    ? String(value)
    : `${digits}e${exponentText(power)}`;
}

/** `e-05`: a sign and at least two digits. */
export function exponentText(power: number): string {
  const sign = power < 0 ? "-" : "+";
  return sign + String(Math.abs(power)).padStart(2, "0");
}
