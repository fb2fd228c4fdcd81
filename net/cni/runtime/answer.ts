/**
 * What a plugin's end and its output mean. Follows the CNI specification 1.1.0,
 * section 5.
 *
 * @module
 */
import { tryParseJson } from "../../../sys/json.ts";
import { CNI_CODE, CniError, parseError } from "../error.ts";
import type { Outcome } from "../exec.ts";
import { type CniResult, parseResult } from "../result.ts";
import type { PluginCall } from "./chain.ts";
import { describeTold, PluginError } from "./plugin_error.ts";

/** How many characters of a plugin's output an error shows. */
const LONGEST_QUOTE = 500;

/**
 * The result of a plugin's ADD.
 *
 * @throws {PluginError}
 */
export function readResult(call: PluginCall, outcome: Outcome): CniResult {
  const value = readJson(call, outcome);
  try {
    return parseResult(value, "its result");
  } catch (error) {
    if (!(error instanceof CniError)) throw error;
    throw new PluginError(call, error.message, undefined, { cause: error });
  }
}

/**
 * Which versions a plugin speaks.
 *
 * @throws {PluginError}
 */
export function readVersions(call: PluginCall, outcome: Outcome): string[] {
  const { supportedVersions: versions } = Object(readJson(call, outcome));
  if (
    Array.isArray(versions) && versions.every((one) => typeof one === "string")
  ) return versions;
  throw new PluginError(call, "it answered without supportedVersions");
}

/**
 * Checks that a plugin succeeded that answers nothing.
 *
 * @throws {PluginError}
 */
export function readSuccess(call: PluginCall, outcome: Outcome): void {
  if (outcome.code === 0) return;
  const told = parseError(tryParseJson(outcome.stdout));
  // It says so itself: there is nothing to clean up.
  const nothing = told?.code === CNI_CODE.UNKNOWN_CONTAINER;
  if (call.command === "DEL" && nothing) return;
  throw failure(call, outcome, told);
}

function readJson(call: PluginCall, outcome: Outcome): unknown {
  readSuccess(call, outcome);
  const value = tryParseJson(outcome.stdout);
  if (value !== undefined) return value;
  const { stdout } = outcome;
  throw new PluginError(
    call,
    stdout.trim() === ""
      ? `it succeeded and printed nothing${noted(outcome)}`
      : `it printed ${quote(stdout)}, which is not JSON${noted(outcome)}`,
  );
}

function failure(
  call: PluginCall,
  outcome: Outcome,
  told: CniError | undefined,
): PluginError {
  const { code, stdout } = outcome;
  const said = told
    ? describeTold(told)
    : `${describeEnd(code)}${
      stdout.trim() === "" ? "" : ` and printed ${quote(stdout)}`
    }`;
  return new PluginError(call, said + noted(outcome), told);
}

function describeEnd(code: number): string {
  return code > 128
    ? `signal ${code - 128} ended it`
    : `it exited with ${code}`;
}

function noted({ stderr }: Outcome): string {
  const line = oneLine(stderr);
  if (line === "") return "";
  // The last words say most.
  const cut = line.length > LONGEST_QUOTE;
  return `; on stderr: ${cut ? `…${line.slice(-LONGEST_QUOTE)}` : line}`;
}

function quote(text: string): string {
  const line = oneLine(text);
  const cut = line.length > LONGEST_QUOTE;
  return cut ? `${line.slice(0, LONGEST_QUOTE)}…` : line;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}
