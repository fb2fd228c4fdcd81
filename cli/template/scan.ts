/**
 * The text of a template as tokens.
 *
 * @module
 */
import { syntaxMistake } from "./mistake.ts";

/** What tokens there are; `open` and `close` are the braces of an action. */
export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "field"
  | "dot"
  | "variable"
  | "word"
  | "number"
  | "quoted"
  | "raw"
  | "rune"
  | "symbol"
  | "end";

/** A piece of a template. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
  /** Whether white space precedes it. */
  readonly spaced: boolean;
}

/** What an action is made of; the first that fits is it. */
const TOKENS: readonly (readonly [TokenKind, RegExp])[] = [
  ["field", /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["word", /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["number", /[+-]?\.?\d(?:[eEpP][+-]|[\p{L}\p{Nd}_.])*/uy],
  ["quoted", /"(?:[^"\\\n]|\\.)*"/uy],
  ["raw", /`[^`]*`/y],
  ["rune", /'(?:[^'\\\n]|\\.[^'\n]*)'/uy],
  ["symbol", /:=|[=|(),]/y],
  ["dot", /\./y],
];

const SPACE = /[ \t\r\n]*/y;
const OPEN = /\{\{(-(?=[ \t\r\n]))?/g;
const COMMENT = /[ \t\r\n]*\/\*/y;
const CLOSE = /([ \t\r\n]+-)?\}\}/y;

/**
 * Takes `source` apart, from `start` on. Comments are left out, and so is the
 * white space that `{{-` and `-}}` trim. As in docker's `--format`, `\t` and
 * `\n` between actions are a tab and a line feed.
 *
 * @throws {UsageError} where no token fits.
 */
export function scan(source: string, start = 0): Token[] {
  const tokens: Token[] = [];
  let trim = false;
  for (let at = start; at < source.length;) {
    OPEN.lastIndex = at;
    const open = OPEN.exec(source);
    let text = escapesOf(source.slice(at, open?.index));
    if (trim) text = text.trimStart();
    if (open?.[1]) text = text.trimEnd();
    if (text) tokens.push({ kind: "text", text, at, spaced: false });
    if (!open) break;
    const action = scanAction(source, open.index, OPEN.lastIndex);
    tokens.push(...action.tokens);
    ({ at, trim } = action);
  }
  tokens.push({ kind: "end", text: "", at: source.length, spaced: false });
  return tokens;
}

function escapesOf(text: string): string {
  return text.replaceAll("\\t", "\t").replaceAll("\\n", "\n");
}

/** An action, and how the text behind it goes on. */
interface Action {
  readonly tokens: readonly Token[];
  readonly at: number;
  readonly trim: boolean;
}

/** Scans the action that opens at `open` and whose inside begins at `start`. */
function scanAction(source: string, open: number, start: number): Action {
  const comment = match(COMMENT, source, start);
  if (comment) return skipComment(source, open, start + comment[0].length);
  const tokens: Token[] = [
    { kind: "open", text: "{{", at: open, spaced: false },
  ];
  for (let at = start;;) {
    const close = match(CLOSE, source, at);
    if (close) {
      tokens.push({ kind: "close", text: "}}", at, spaced: false });
      return { tokens, at: at + close[0].length, trim: Boolean(close[1]) };
    }
    const space = match(SPACE, source, at)![0];
    at += space.length;
    if (at >= source.length) throw syntaxMistake(open, "this {{ has no }}");
    if (match(CLOSE, source, at)) continue;
    const token = readToken(source, at, space !== "");
    tokens.push(token);
    at += token.text.length;
  }
}

/** A comment is all there is in its action. */
function skipComment(source: string, open: number, start: number): Action {
  const end = source.indexOf("*/", start) + 2;
  const close = end < 2 ? null : match(CLOSE, source, end);
  if (!close) throw syntaxMistake(open, "this comment does not end with */}}");
  return { tokens: [], at: end + close[0].length, trim: Boolean(close[1]) };
}

function readToken(source: string, at: number, spaced: boolean): Token {
  for (const [kind, pattern] of TOKENS) {
    const found = match(pattern, source, at);
    if (found) return { kind, text: found[0], at, spaced };
  }
  const letter = String.fromCodePoint(source.codePointAt(at)!);
  throw syntaxMistake(
    at,
    "\"'`".includes(letter)
      ? `this ${letter} is not closed`
      : `unexpected ${JSON.stringify(letter)}`,
  );
}

function match(
  pattern: RegExp,
  source: string,
  at: number,
): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
