/**
 * For tests: what a template prints.
 *
 * @module
 */
import { compileTemplate } from "./compile.ts";
import type { Shape } from "./lookup.ts";
import { parseTemplate } from "./parse.ts";

/** What the template in `text` prints of `value`. */
export function render(text: string, value: unknown, shape?: Shape): string {
  return compileTemplate(parseTemplate(text), shape)(value);
}
