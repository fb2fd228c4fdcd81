/**
 * What is wrong with a template, in rkl's words.
 *
 * @module
 */
import { nearest } from "../../sys/nearest.ts";
import { UsageError } from "../usage.ts";

/** A mistake in how a template is written; `at` counts from 0. */
export function syntaxMistake(at: number, reason: string): UsageError {
  return new UsageError(`--format, character ${at + 1}: ${reason}`);
}

/** A template that does not fit what it is applied to; `source` is the part. */
export function mistake(source: string, reason: string): UsageError {
  return new UsageError(`--format: ${source}: ${reason}`);
}

/** `unknown field, did you mean Name?; allowed: …` */
export function unknownWord(
  what: string,
  word: string,
  known: readonly string[],
): string {
  const near = nearest(word, known);
  const meant = near === undefined ? "" : `, did you mean ${near}?`;
  const allowed = known.length ? known.join(", ") : "none";
  return `unknown ${what}${meant}; allowed: ${allowed}`;
}
