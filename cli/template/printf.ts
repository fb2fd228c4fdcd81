/**
 * Go's printf. What Go prints as `%!d(string=web)`, a mistake within the
 * output, is an error here.
 *
 * @module
 */
import { exponentText, type Leaf, plainText, textOf } from "./text.ts";
import { describeKind } from "./value.ts";

/** Wider than any line, and too little to fill a memory. */
export const MAX_WIDTH = 10_000;

/** A verb with what stands between it and its `%`. */
const VERB = /%([-+ 0#]*)(\d+|\*)?(?:\.(\d+|\*)?)?([^])?/gu;

/** What stands between a `%` and its verb. */
interface Manner {
  readonly verb: string;
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

/** How each verb writes a value without parts; undefined if it cannot. */
const VERBS: Readonly<
  Record<string, (value: unknown, manner: Manner) => string | undefined>
> = {
  v: plainText,
  s: (value, { precision }) =>
    typeof value === "string" ? cut(value, precision) : undefined,
  q: (value, { precision }) => {
    if (typeof value === "string") return JSON.stringify(cut(value, precision));
    const letter = letterOf(value);
    return letter && `'${letter === "'" ? "\\'" : letter}'`;
  },
  t: (value) => typeof value === "boolean" ? String(value) : undefined,
  d: (value, { flags }) => integer(value, 10, flags),
  b: (value, { flags }) => integer(value, 2, flags, "0b"),
  o: (value, { flags }) => integer(value, 8, flags, "0"),
  x: (value, { flags }) => hexadecimal(value, flags),
  X: (value, { flags }) => hexadecimal(value, flags)?.toUpperCase(),
  c: letterOf,
  U: (value) =>
    letterOf(value) &&
    `U+${Number(value).toString(16).toUpperCase().padStart(4, "0")}`,
  e: (value, { precision = 6, flags }) =>
    fraction(value, flags, (size) => exponential(size, precision)),
  f: (value, { precision = 6, flags }) =>
    fraction(value, flags, (size) => size.toFixed(Math.min(precision, 100))),
  g: (value, { precision, flags }) =>
    fraction(
      value,
      flags,
      (size) =>
        precision === undefined
          ? shortest(size)
          : plainText(Number(size.toPrecision(clamp(precision, 1, 100)))),
    ),
};

/**
 * The texts that `format` makes of `args`.
 *
 * @throws {Error} on a verb that is unknown, or has no argument that fits it.
 */
export function printf(format: string, args: readonly unknown[]): string {
  let next = 0;
  const take = (what: string): unknown => {
    if (next < args.length) return args[next++];
    throw new Error(`${what} has no argument`);
  };
  const text = format.replaceAll(
    VERB,
    (
      whole,
      flags: string,
      width: string | undefined,
      dot: string | undefined,
      verb: string | undefined,
    ) => {
      if (verb === undefined) throw new Error(`${whole} has no verb`);
      if (verb === "%") return "%";
      if (!Object.hasOwn(VERBS, verb)) {
        const verbs = Object.keys(VERBS).map((verb) => `%${verb}`).join(" ");
        throw new Error(`unknown verb ${whole}; allowed: ${verbs} %%`);
      }
      const size = (text: string) =>
        sizeOf(whole, text === "*" ? take(whole) : Number(text));
      const columns = width === undefined ? 0 : size(width);
      const places = dot !== undefined
        ? size(dot)
        : /\.[^]$/u.test(whole)
        ? 0
        : undefined;
      return write(whole, take(whole), {
        verb,
        flags: columns < 0 ? `-${flags}` : flags,
        width: Math.abs(columns),
        precision: places,
      });
    },
  );
  if (next === args.length) return text;
  throw new Error(
    `${
      JSON.stringify(format)
    } has verbs for ${next} of ${args.length} arguments`,
  );
}

/** Of a list or map, each part is written so. */
function write(whole: string, value: unknown, manner: Manner): string {
  const { verb, flags, width } = manner;
  const leaf: Leaf = (value) => {
    const text = VERBS[verb]!(value, manner);
    if (text === undefined) {
      throw new Error(`${whole} cannot print ${describeKind(value)}`);
    }
    if (flags.includes("-")) return text.padEnd(width);
    if (!flags.includes("0")) return text.padStart(width);
    const sign = typeof value === "number" ? /^[-+ ]?/.exec(text)![0] : "";
    return sign + text.slice(sign.length).padStart(width - sign.length, "0");
  };
  return textOf(value, leaf);
}

function sizeOf(whole: string, size: unknown): number {
  if (Number.isInteger(size) && Math.abs(size as number) <= MAX_WIDTH) {
    return size as number;
  }
  throw new Error(`the width of ${whole} must be at most ${MAX_WIDTH}`);
}

function cut(text: string, letters: number | undefined): string {
  return letters === undefined ? text : [...text].slice(0, letters).join("");
}

function integer(
  value: unknown,
  base: number,
  flags: string,
  prefix = "",
): string | undefined {
  if (!Number.isInteger(value)) return undefined;
  const digits = BigInt(Math.abs(value as number)).toString(base);
  return signOf(value as number, flags) +
    (flags.includes("#") ? prefix : "") + digits;
}

/** A number, or the bytes of a text. */
function hexadecimal(value: unknown, flags: string): string | undefined {
  if (typeof value !== "string") return integer(value, 16, flags, "0x");
  const hex = new TextEncoder().encode(value).toHex();
  return flags.includes("#") && hex ? `0x${hex}` : hex;
}

function letterOf(value: unknown): string | undefined {
  const isLetter = Number.isInteger(value) && (value as number) >= 0 &&
    (value as number) <= 0x10ffff;
  return isLetter ? String.fromCodePoint(value as number) : undefined;
}

function fraction(
  value: unknown,
  flags: string,
  digits: (size: number) => string,
): string | undefined {
  if (typeof value !== "number") return undefined;
  return signOf(value, flags) + digits(Math.abs(value));
}

function signOf(value: number, flags: string): string {
  if (value < 0 || Object.is(value, -0)) return "-";
  return flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

function exponential(size: number, precision: number): string {
  const [digits, power] = size.toExponential(Math.min(precision, 100))
    .split("e");
  return `${digits}e${exponentText(Number(power))}`;
}

/** As `%v` has fractions, which is also what becomes of large whole numbers. */
function shortest(size: number): string {
  const [digits, power] = size.toExponential().split("e");
  return Number(power) < 21
    ? plainText(size)
    : `${digits}e${exponentText(Number(power))}`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
