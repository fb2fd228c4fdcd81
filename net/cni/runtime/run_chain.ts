/**
 * Making calls one after another.
 *
 * @module
 */
import { formatResult } from "../result.ts";
import type { CniResult } from "../result.ts";
import type { CniVersion } from "../version.ts";
import { readResult, readSuccess } from "./answer.ts";
import { type PluginCall, withPrevResult } from "./chain.ts";
import { invoke, type InvokeOptions } from "./invoke.ts";
import { addLoopback, checkLoopback, LOOPBACK } from "./loopback.ts";
import type { NetworkList } from "./network_list.ts";
import { findPlugin } from "./plugin_path.ts";

/** What a network without plugins that make anything comes to. */
const NO_RESULT: CniResult = { interfaces: [], ips: [], routes: [], dns: {} };

/**
 * Makes the calls of ADD; each gets the result of the one before. Returns that
 * of the last.
 *
 * @throws {MissingPluginError | PluginError}
 */
export async function runAdd(
  calls: readonly PluginCall[],
  version: CniVersion,
  options: InvokeOptions,
): Promise<CniResult> {
  let result: CniResult | undefined;
  for (const planned of calls) {
    if (planned.plugin === LOOPBACK) {
      result = addLoopback(planned, result);
      continue;
    }
    const call = result
      ? withPrevResult(planned, formatResult(result, version))
      : planned;
    result = readResult(call, await invoke(call, options));
  }
  return result ?? NO_RESULT;
}

/**
 * Makes calls that answer nothing; the first that fails is the last.
 *
 * @throws {MissingPluginError | PluginError}
 */
export async function runCalls(
  calls: readonly PluginCall[],
  options: InvokeOptions,
): Promise<void> {
  for (const call of calls) await runCall(call, options);
}

/**
 * Makes calls that answer nothing; one that fails does not keep others from
 * being made. Returns all failures.
 */
export async function tryCalls(
  calls: readonly PluginCall[],
  options: InvokeOptions,
): Promise<Error[]> {
  const failures: Error[] = [];
  for (const call of calls) {
    try {
      await runCall(call, options);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failures.push(error);
    }
  }
  return failures;
}

async function runCall(
  call: PluginCall,
  options: InvokeOptions,
): Promise<void> {
  if (call.plugin !== LOOPBACK) {
    return readSuccess(call, await invoke(call, options));
  }
  // A loopback goes with its namespace: nothing else has to be undone.
  if (call.command === "CHECK") checkLoopback(call);
}

/**
 * Checks that all plugins of a network are there.
 *
 * @throws {MissingPluginError}
 */
export function requirePlugins(
  { name, plugins }: NetworkList,
  { directories }: InvokeOptions,
): void {
  for (const { type } of plugins) {
    if (type !== LOOPBACK) findPlugin(type, name, directories);
  }
}
