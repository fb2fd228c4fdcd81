/**
 * What can go wrong with a plugin, as an error that says what the plugin said.
 *
 * @module
 */
import { CNI_CODE, type CniError } from "../error.ts";
import type { PluginCall } from "./chain.ts";

/** What the codes mean that the specification gives a meaning. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [
    CNI_CODE.INCOMPATIBLE_VERSION,
    "it does not speak this version of CNI; change cniVersion in the " +
    "network's file",
  ],
  [
    CNI_CODE.UNSUPPORTED_FIELD,
    "it does not support a field of its configuration",
  ],
  [CNI_CODE.UNKNOWN_CONTAINER, "it does not know the container"],
  [CNI_CODE.INVALID_ENVIRONMENT, "a variable of its environment is wrong"],
  [CNI_CODE.IO_FAILURE, "it could not read or write"],
  [CNI_CODE.DECODING_FAILURE, "it could not read what it was given"],
  [CNI_CODE.INVALID_CONFIG, "its configuration is not right"],
  [CNI_CODE.INVALID_NETNS, "there is no such network namespace"],
  [CNI_CODE.TRY_AGAIN, "what stands in the way will pass; try again"],
  [CNI_CODE.UNAVAILABLE, "it can add no container"],
  [
    CNI_CODE.LIMITED,
    "it can add no container, and those it has may be cut off",
  ],
]);

/** A plugin that failed, or answered what cannot be read. */
export class PluginError extends Error {
  /** Tells it from other errors. */
  override readonly name = "PluginError";
  /** The type of the plugin. */
  readonly plugin: string;
  /** The name of the network. */
  readonly network: string;
  /** What it was to do. */
  readonly command: string;

  /** Says which plugin was to do what, and what it said. */
  constructor(
    { plugin, network, command }: PluginCall,
    /** What stood in the way. */
    readonly reason: string,
    /** What the plugin itself said of it, if it did in CNI's way. */
    readonly told?: CniError,
    options?: ErrorOptions,
  ) {
    super(
      `network "${network}": the CNI plugin "${plugin}" failed at ${command}: ` +
        reason,
      options,
    );
    this.plugin = plugin;
    this.network = network;
    this.command = command;
  }
}

/** What a plugin said, and what its code means. */
export function describeTold({ message, code }: CniError): string {
  const meaning = MEANINGS.get(code);
  return `${message} (code ${code}${meaning ? `: ${meaning}` : ""})`;
}
