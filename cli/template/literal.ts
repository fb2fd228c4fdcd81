/**
 * Constants as Go writes them.
 *
 * @module
 */

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** A backslash and what belongs to it. */
const ESCAPE =
  /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([^]?))/g;

/** Whole numbers in their bases, then fractions. */
const INTEGER =
  /^[+-]?(?:0x(?:_?[\da-f])+|0b(?:_?[01])+|0o?(?:_?[0-7])*|[1-9](?:_?\d)*)$/i;
const FRACTION = /^[+-]?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[+-]?\d+)?$/i;

/** What stands between quotes, or undefined if an escape is none. */
export function unquote(text: string): string | undefined {
  let known = true;
  const value = text.slice(1, -1).replaceAll(
    ESCAPE,
    (_, x, u, U, octal, letter) => {
      const hex: string | undefined = x ?? u ?? U;
      if (letter !== undefined) {
        known &&= Object.hasOwn(ESCAPES, letter);
        return ESCAPES[letter] ?? "";
      }
      const code = hex === undefined ? parseInt(octal, 8) : parseInt(hex, 16);
      known &&= code <= 0x10ffff;
      return known ? String.fromCodePoint(code) : "";
    },
  );
  return known ? value : undefined;
}

/** The number that `text` is, or undefined. */
export function readNumber(text: string): number | undefined {
  if (INTEGER.test(text)) {
    const digits = text.replaceAll("_", "").toLowerCase().replace(/^[+-]/, "")
      .replace(/^0(?=\d)/, "0o");
    const value = Number(digits);
    if (Number.isNaN(value)) return undefined;
    return text.startsWith("-") && value !== 0 ? -value : value;
  }
  return FRACTION.test(text) ? Number(text) : undefined;
}
