/**
 * How errors look, and what exit codes they are worth. Loaded only when there
 * is an error.
 *
 * @module
 */
import { describeErrno } from "../sys/errno.ts";
import { nearest } from "../sys/nearest.ts";
import { long } from "./flags.ts";
import { GLOBAL_FLAGS } from "./globals.ts";
import { type Unknown, UsageError } from "./usage.ts";

/** Exit code of rkl's own errors where the error itself does not name one. */
const OWN_ERROR = 125;

/** The mistakes of a programmer, not of a user. */
const INTERNAL = [TypeError, RangeError, ReferenceError, SyntaxError];

/** How an error is to be told. */
export interface ReportOptions {
  /** The command that failed, such as `container run`; empty before one is known. */
  readonly path: string;
  /** Whether to tell the causes too, and the stack of an internal error. */
  readonly debug: boolean;
}

/** The lines of an error, first the error itself. */
export function describe(
  error: unknown,
  { path, debug }: ReportOptions,
): string[] {
  if (error instanceof AggregateError) {
    return error.errors.flatMap((each) => describe(each, { path, debug }));
  }
  if (!(error instanceof Error) || isInternal(error)) {
    const lines = [`internal error: ${oneLine(messageOf(error))}`];
    const stack = debug && error instanceof Error ? error.stack : undefined;
    return stack ? [...lines, ...stack.split("\n").slice(1)] : lines;
  }
  const causes = debug ? [...causesOf(error)] : [];
  return [
    oneLine(
      error instanceof UsageError ? usageLine(error, path) : fileLine(error),
    ),
    ...causes.map((cause) => `caused by: ${oneLine(messageOf(cause))}`),
  ];
}

/** The `exitCode` of `error`, or of the nearest cause that has one, or 125. */
export function exitCodeOf(error: unknown): number {
  for (const each of [error, ...causesOf(error)]) {
    const { exitCode } = Object(each) as { exitCode?: unknown };
    if (typeof exitCode === "number") return exitCode;
  }
  return OWN_ERROR;
}

/** What Deno's own file operations say of a failure, in rkl's words. */
function fileLine({ message }: Error): string {
  const told = /^(.*) \(os error (\d+)\): \w+ '(.*)'$/.exec(message);
  if (!told) return message;
  const [, , errno, path] = told;
  const ENOSPC = 28;
  const hint = Number(errno) === ENOSPC
    ? "; free some space, or keep rkl's state elsewhere with --root and " +
      "--data-root"
    : "";
  return `cannot write or read ${path}: ${describeErrno(Number(errno))}${hint}`;
}

function usageLine({ message, unknown }: UsageError, path: string): string {
  const prefix = path ? `${path}: ` : "";
  return prefix + message + (unknown ? hint(unknown, path) : "");
}

/** What an unknown word was meant to be, or where to look. */
function hint({ word, known }: Unknown, path: string): string {
  if (path && Object.keys(GLOBAL_FLAGS).map(long).includes(word)) {
    return `; it goes before the command: rkl ${word} ... ${path}`;
  }
  const near = nearest(word, known) ?? soleCompletion(word, known);
  if (near) return `, did you mean ${near}?`;
  return `; see rkl ${path ? `${path} ` : ""}--help`;
}

/** The one known word that begins with `word`. */
function soleCompletion(
  word: string,
  known: readonly string[],
): string | undefined {
  const begun = known.filter((name) => name.startsWith(word));
  return begun.length === 1 ? begun[0] : undefined;
}

function isInternal(error: Error): boolean {
  return INTERNAL.some((type) => error instanceof type);
}

function* causesOf(error: unknown): Generator<unknown> {
  for (
    let cause = Object(error).cause;
    cause !== undefined;
    cause = Object(cause).cause
  ) yield cause;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, "; ");
}
