/**
 * Text that should be JSON: what it holds, and places in it. JSON.parse does
 * not always say where a text stops being JSON, nor where a value stands that a
 * schema refuses. The text is walked again, only when there is something to
 * tell.
 *
 * @module
 */

/** A place in a text, counted from 1. */
export type JsonPlace = { line: number; column: number };

/** A place in a text, and what should have been there. */
export type JsonError = JsonPlace & { expected: string };

const TOKEN = {
  space: /[ \t\n\r]*/y,
  // JSON forbids control characters in strings.
  // deno-lint-ignore no-control-regex
  string: /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
  word: /true|false|null/y,
};

/** Thrown by the walk and caught where it starts. */
class Stop {
  constructor(readonly offset: number, readonly expected: string) {}
}

/** What a text holds; undefined, which JSON cannot say, when it is no JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Finds the first error of a text that JSON.parse refuses. */
export function locateJsonError(text: string): JsonError {
  try {
    const end = skip(text, value(text, skip(text, 0)));
    throw new Stop(end, "the end of the file");
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    return { ...placeOf(text, stop.offset), expected: stop.expected };
  }
}

/**
 * Finds where a value stands in a text that is JSON: keys and indexes from the
 * root lead to it. Of what is not there, the place of what it is missing from.
 */
export function locateJsonValue(
  text: string,
  keys: readonly PropertyKey[],
): JsonPlace {
  let at = skip(text, 0);
  for (const key of keys) {
    const next = child(text, at, key);
    if (next === undefined) break;
    at = next;
  }
  return placeOf(text, at);
}

/** The offset of one value in the object or list at an offset. */
function child(text: string, open: number, key: PropertyKey) {
  let found: number | undefined;
  let index = 0;
  if (text[open] === "[") {
    items(text, open, "]", (text, at) => {
      if (index++ === key) found = at;
      return value(text, at);
    });
  }
  if (text[open] === "{") {
    items(text, open, "}", (text, at) => {
      const end = match("string", text, at)!;
      // Of keys that are there twice JSON.parse takes the last.
      if (JSON.parse(text.slice(at, end)) === key) {
        found = skip(text, skip(text, end) + 1);
      }
      return member(text, at);
    });
  }
  return found;
}

/** The place of an offset in a text. */
export function placeOf(text: string, offset: number): JsonPlace {
  const before = text.slice(0, offset).split("\n");
  const column = before[before.length - 1]!.length + 1;
  return { line: before.length, column };
}

/** Walks the value at an offset; returns the offset behind it. */
function value(text: string, at: number): number {
  if (text[at] === "{") return items(text, at, "}", member);
  if (text[at] === "[") return items(text, at, "]", value);
  const end = text[at] === '"'
    ? match("string", text, at)
    : match("number", text, at) ?? match("word", text, at);
  if (end === undefined) {
    throw new Stop(
      at,
      text[at] === '"' ? "a string that ends on its line" : "a value",
    );
  }
  return end;
}

/** Walks a list of items between brackets, with commas between them. */
function items(
  text: string,
  open: number,
  close: string,
  item: (text: string, at: number) => number,
): number {
  let at = skip(text, open + 1);
  if (text[at] === close) return at + 1;
  while (true) {
    at = skip(text, item(text, at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ",") throw new Stop(at, `, or ${close}`);
    at = skip(text, at + 1);
  }
}

/** Walks `"key": value`. */
function member(text: string, at: number): number {
  const key = match("string", text, at);
  if (key === undefined) throw new Stop(at, "a quoted key");
  const colon = skip(text, key);
  if (text[colon] !== ":") throw new Stop(colon, ":");
  return value(text, skip(text, colon + 1));
}

function skip(text: string, at: number): number {
  return match("space", text, at) ?? at;
}

/** The offset behind a token, if one stands here. */
function match(token: keyof typeof TOKEN, text: string, at: number) {
  const pattern = TOKEN[token];
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
