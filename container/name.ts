/**
 * Names of containers.
 *
 * @module
 */

/** Docker's rule, with an end: a name becomes part of paths and cgroups. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

/** What a name may be, to complete "expected …". */
export const NAME_RULE =
  "1 to 128 letters, digits, _ . or -, the first a letter or digit";

/** Whether a text may name a container. */
export function isName(text: string): boolean {
  return NAME.test(text);
}
