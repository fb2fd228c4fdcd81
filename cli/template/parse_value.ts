/**
 * What stands in an action: pipelines of values, functions and fields.
 *
 * @module
 */
import { checkCall } from "./functions.ts";
import { readNumber, unquote } from "./literal.ts";
import { syntaxMistake } from "./mistake.ts";
import type { Reader } from "./reader.ts";
import type { Token, TokenKind } from "./scan.ts";
import type { Expression, Literal } from "./syntax.ts";

/** Words that are values, not functions. */
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["nil", null],
]);

/** What no argument begins with. */
const NO_VALUES: readonly TokenKind[] = ["close", "end", "open", "text"];

/**
 * Reads `[$x :=] command | command …`, up to the sign that ends it, which is
 * left.
 */
export function parsePipeline(
  reader: Reader,
  end: "}}" | ")" = "}}",
): Expression {
  const name = reader.peek();
  if (name.kind !== "variable" || !reader.isSymbol([":=", "="], 1)) {
    return parseCommands(reader, end);
  }
  const isNew = reader.isSymbol([":="], 1);
  reader.take(2);
  const known = isNew ? undefined : reader.variable(name).slot;
  const value = parseCommands(reader, end);
  return { kind: "assignment", slot: known ?? reader.declare(name), value };
}

function parseCommands(reader: Reader, end: "}}" | ")"): Expression {
  let value = parseCommand(reader);
  while (reader.isSymbol(["|"])) {
    reader.take();
    value = parseCommand(reader, value);
  }
  const token = reader.peek();
  if (token.text === end) return value;
  throw token.kind === "close"
    ? syntaxMistake(token.at, "a ) is missing")
    : reader.unexpected(token);
}

/** A value, or a function or field with arguments; `piped` is the last. */
function parseCommand(reader: Reader, piped?: Expression): Expression {
  const first = reader.peek();
  if (isFunction(first)) {
    reader.take();
    const args = parseArguments(reader, piped);
    checkCall(first.text, args.length, first.at);
    return { kind: "call", name: first.text, args };
  }
  const value = parseOperand(reader);
  const args = parseArguments(reader, piped);
  if (value.kind === "field" && args.length > 0) return { ...value, args };
  if (args.length > 0) {
    throw syntaxMistake(
      first.at,
      piped && args.length === 1
        ? `nothing can be piped into ${first.text}, only into functions`
        : `${first.text} is no function and takes no arguments`,
    );
  }
  if (value.kind === "literal" && value.value === null) {
    throw syntaxMistake(first.at, "nil is no command");
  }
  return value;
}

function parseArguments(reader: Reader, piped?: Expression): Expression[] {
  const args: Expression[] = [];
  while (startsValue(reader)) {
    const token = reader.peek();
    if (!token.spaced) throw reader.unexpected(token);
    args.push(parseOperand(reader));
  }
  return piped ? [...args, piped] : args;
}

function startsValue(reader: Reader): boolean {
  const { kind } = reader.peek();
  return kind === "symbol" ? reader.isSymbol(["("]) : !NO_VALUES.includes(kind);
}

/** One value with the fields behind it. */
function parseOperand(reader: Reader): Expression {
  const token = reader.peek();
  if (isFunction(token)) {
    reader.take();
    checkCall(token.text, 0, token.at);
    return { kind: "call", name: token.text, args: [] };
  }
  switch (token.kind) {
    case "dot":
      reader.take();
      return { kind: "dot" };
    case "field":
      return parseFields(reader, { kind: "dot" }, "");
    case "variable":
      reader.take();
      return parseFields(reader, reader.variable(token), token.text);
    case "symbol": {
      if (token.text !== "(") break;
      const value = reader.within(() => {
        reader.take();
        return parsePipeline(reader, ")");
      });
      reader.take();
      return parseFields(reader, value, "(…)");
    }
    case "word":
    case "number":
    case "quoted":
    case "raw":
    case "rune":
      reader.take();
      return { kind: "literal", value: constantOf(token) };
  }
  throw reader.unexpected(token);
}

/** The fields of a value, which follow it without a space. */
function parseFields(
  reader: Reader,
  value: Expression,
  source: string,
): Expression {
  let [of, text] = [value, source];
  for (
    let token = reader.peek();
    token.kind === "field" && (!token.spaced || text === "");
    token = reader.peek()
  ) {
    reader.take();
    text += token.text;
    const name = token.text.slice(1);
    of = { kind: "field", of, name, args: [], source: text };
  }
  return of;
}

function isFunction({ kind, text }: Token): boolean {
  return kind === "word" && !CONSTANTS.has(text);
}

function constantOf({ kind, text, at }: Token): Literal["value"] {
  if (kind === "word") return CONSTANTS.get(text)!;
  if (kind === "raw") return text.slice(1, -1);
  const value = kind === "number" ? readNumber(text) : unquote(text);
  if (value === undefined) {
    throw syntaxMistake(
      at,
      `${text} is no ${kind === "number" ? "number" : "text"}`,
    );
  }
  if (kind !== "rune") return value;
  const [letter, ...others] = String(value);
  if (letter !== undefined && others.length === 0) {
    return letter.codePointAt(0)!;
  }
  throw syntaxMistake(at, `${text} is not one letter`);
}
