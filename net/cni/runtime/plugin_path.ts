/**
 * Where the programs of plugins are found.
 *
 * @module
 */
import { findProgram } from "../exec.ts";

/** A plugin whose program is nowhere. */
export class MissingPluginError extends Error {
  /** Tells it from other errors. */
  override readonly name = "MissingPluginError";

  /** Says where it was looked for, and what helps. */
  constructor(
    /** The type of the plugin, which is the name of its program. */
    readonly plugin: string,
    /** The network that needs it. */
    readonly network: string,
    /** Where it was looked for. */
    readonly directories: readonly string[],
  ) {
    super(
      `network "${network}" needs the CNI plugin "${plugin}", and there is no ` +
        `such program in ${directories.join(", ")}; install it, or name its ` +
        "directory with --cni-path",
    );
  }
}

/**
 * Finds the program of a plugin: the first file of its name that can be
 * executed.
 *
 * @throws {MissingPluginError}
 */
export function findPlugin(
  type: string,
  network: string,
  directories: readonly string[],
): string {
  const path = findProgram(type, directories);
  if (path !== undefined) return path;
  throw new MissingPluginError(type, network, directories);
}
