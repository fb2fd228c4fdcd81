/**
 * Text that others chose, such as a container its files' names.
 *
 * @module
 */

/** Text that orders a terminal to do nothing: each control character is a `?`. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
