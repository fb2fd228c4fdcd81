/**
 * Making a call of a plugin: its time is limited, and a failure names it.
 *
 * @module
 */
import {
  CannotExecuteError,
  executeApart,
  type Outcome,
  TooLongError,
} from "../exec.ts";
import type { PluginCall } from "./chain.ts";
import { findPlugin } from "./plugin_path.ts";
import { PluginError } from "./plugin_error.ts";

/** How plugins are run. */
export interface InvokeOptions {
  /** Where their programs are. */
  readonly directories: readonly string[];
  /** Milliseconds that each may take. */
  readonly timeout: number;
}

/** What DHCP and slow controllers need, and a person waits for. */
export const PLUGIN_TIMEOUT = 60_000; // ms

/**
 * Makes a call, in the network namespace of the calling thread.
 *
 * @throws {MissingPluginError}
 * @throws {PluginError} when it cannot be executed or takes too long
 */
export async function invoke(
  call: PluginCall,
  { directories, timeout }: InvokeOptions,
): Promise<Outcome> {
  const program = findPlugin(call.plugin, call.network, directories);
  const { environment, conf } = call;
  const stdin = JSON.stringify(conf);
  try {
    return await executeApart({ program, environment, stdin }, timeout);
  } catch (error) {
    if (error instanceof CannotExecuteError || error instanceof TooLongError) {
      throw new PluginError(call, error.message, undefined, { cause: error });
    }
    throw error;
  }
}
