/**
 * Bytes as the inside of a JSON string, the way docker writes its log files.
 *
 * @module
 */

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What JSON has a short form for, and docker uses it. */
const SHORT = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);

/**
 * Text in UTF-8, escaped; what is no UTF-8 becomes U+FFFD. So are `<`, `>` and
 * `&` escaped, and the two separators that JavaScript once took for newlines.
 */
export function jsonText(bytes: Uint8Array): string {
  return decoder.decode(bytes).replaceAll(
    // deno-lint-ignore no-control-regex -- what is to be escaped
    /[\x00-\x1f"\\<>&\u2028\u2029\ufffd]/g,
    (char) => SHORT.get(char) ?? escape(char),
  );
}

function escape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
