/**
 * The functions that templates have: those of Go's text/template, and docker's.
 *
 * @module
 */
import { integerArgument, textArgument } from "./arguments.ts";
import { equals, equalsAny, order } from "./compare.ts";
import { syntaxMistake, unknownWord } from "./mistake.ts";
import { lengthOf, partAt, sliceOf } from "./parts.ts";
import { MAX_WIDTH, printf } from "./printf.ts";
import { textOf } from "./text.ts";
import {
  dataOf,
  describeKind,
  isTrue,
  keysOf,
  kindOf,
  valueAt,
} from "./value.ts";

/** A function, and how many arguments it takes. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  /**
   * Is worth the first argument that is as true as this, or else the last;
   * what follows the first is not looked at.
   */
  readonly decidedBy?: boolean;
  /** @throws {Error} that says what is wrong with the arguments. */
  // deno-lint-ignore no-explicit-any -- each looks at what it is given
  readonly call: (...args: any[]) => unknown;
}

const exactly = (
  count: number,
  call: TemplateFunction["call"],
): TemplateFunction => ({ least: count, most: count, call });

const atLeast = (
  count: number,
  call: TemplateFunction["call"],
): TemplateFunction => ({ least: count, most: Infinity, call });

const decided = (decidedBy: boolean): TemplateFunction => ({
  ...atLeast(1, (...args) => args.at(-1)),
  decidedBy,
});

const OF_GO = {
  and: decided(false),
  or: decided(true),
  not: exactly(1, (value) => !isTrue(value)),
  eq: atLeast(2, (first, ...others) => equalsAny(first, others)),
  ne: exactly(2, (a, b) => !equals(a, b)),
  lt: exactly(2, (a, b) => order(a, b) < 0),
  le: exactly(2, (a, b) => order(a, b) <= 0),
  gt: exactly(2, (a, b) => order(a, b) > 0),
  ge: exactly(2, (a, b) => order(a, b) >= 0),
  index: atLeast(1, (value, ...indices) => partAt(value, indices)),
  len: exactly(1, lengthOf),
  slice: { least: 1, most: 3, call: (value, ...b) => sliceOf(value, b) },
  print: atLeast(0, (...args) => print(args)),
  printf: atLeast(1, (format, ...args) => printf(textArgument(format), args)),
  println: atLeast(0, (...args) => `${args.map((a) => textOf(a)).join(" ")}\n`),
} as const satisfies Readonly<Record<string, TemplateFunction>>;

const OF_DOCKER = {
  json: exactly(1, json),
  split: exactly(2, (text, by) => textArgument(text).split(textArgument(by))),
  join: exactly(2, (list, by) => textsOf(list).join(textArgument(by))),
  title: exactly(1, (text) => title(textArgument(text))),
  lower: exactly(1, (text) => textArgument(text).toLowerCase()),
  upper: exactly(1, (text) => textArgument(text).toUpperCase()),
  pad: exactly(3, (text, before, after) => pad(text, before, after)),
  truncate: exactly(2, (text, letters) => truncate(text, letters)),
} as const satisfies Readonly<Record<string, TemplateFunction>>;

const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  ...OF_GO,
  ...OF_DOCKER,
};

/** Those of Go's that have no place here. */
const REFUSED: Readonly<Record<string, string>> = {
  call: "fields that are functions take their arguments themselves",
  html: "what is printed is no HTML",
  js: "what is printed is no JavaScript; json prints JSON",
  urlquery: "what is printed is no address",
};

/** A function that {@linkcode checkCall} has let pass. */
export function functionOf(name: string): TemplateFunction {
  return FUNCTIONS[name]!;
}

/**
 * Checks a call while it is read.
 *
 * @throws {UsageError} on an unknown function or a wrong number of arguments.
 */
export function checkCall(name: string, count: number, at: number): void {
  if (Object.hasOwn(REFUSED, name)) {
    throw syntaxMistake(at, `${name} is not supported: ${REFUSED[name]}`);
  }
  if (!Object.hasOwn(FUNCTIONS, name)) {
    const known = Object.keys(FUNCTIONS);
    throw syntaxMistake(at, `${name}: ${unknownWord("function", name, known)}`);
  }
  const { least, most } = functionOf(name);
  if (count >= least && count <= most) return;
  const bounds = least === most
    ? String(least)
    : most === Infinity
    ? `${least} or more`
    : `${least} to ${most}`;
  const words = bounds === "1" ? "1 argument" : `${bounds} arguments`;
  throw syntaxMistake(at, `${name} takes ${words}, not ${count}`);
}

/** Spaces are put between two of which neither is a text. */
function print(args: readonly unknown[]): string {
  return args.map((arg, i) => {
    const isText = (value: unknown) => typeof value === "string";
    const apart = i > 0 && !isText(arg) && !isText(args[i - 1]);
    return (apart ? " " : "") + textOf(arg);
  }).join("");
}

function json(value: unknown): string {
  return JSON.stringify(dataOf(value), (_, part) => {
    const data = dataOf(part);
    return data instanceof Map
      ? Object.fromEntries(keysOf(data).map((key) => [key, data.get(key)]))
      : data;
  }) ?? "null";
}

/** The items of a list, or what a map has for its keys, as texts. */
function textsOf(value: unknown): string[] {
  switch (kindOf(value)) {
    case "list":
      return (value as readonly unknown[]).map((item) => textOf(item));
    case "map":
      return keysOf(value as object).map((key) =>
        textOf(valueAt(value as object, key))
      );
    default:
      throw new Error(`expected a list, not ${describeKind(value)}`);
  }
}

/** Each word with a capital. */
function title(text: string): string {
  return text.replaceAll(
    /(?<![\p{L}\p{N}_])\p{L}/gu,
    (letter) => letter.toUpperCase(),
  );
}

/** An empty text stays empty. */
function pad(text: unknown, before: unknown, after: unknown): string {
  const spaces = (count: unknown) =>
    " ".repeat(integerArgument(count, 0, MAX_WIDTH));
  const inside = textArgument(text);
  return inside && spaces(before) + inside + spaces(after);
}

function truncate(text: unknown, letters: unknown): string {
  const most = integerArgument(letters, 0, Number.MAX_SAFE_INTEGER);
  return [...textArgument(text)].slice(0, most).join("");
}
