/**
 * What each plugin of a network is given, as plain data. Follows the CNI
 * specification 1.1.0, section 3.
 *
 * @module
 */
import { type CniCommand, isAtLeast } from "../version.ts";
import { type Capabilities, runtimeConfigOf } from "./capabilities.ts";
import type { NetworkList, PluginConf } from "./network_list.ts";

/** What ties a container to a network: one interface. */
export interface Attachment {
  /** Tells the container from others of the host, also after a restart. */
  readonly containerId: string;
  /** What the interface is called inside. */
  readonly ifName: string;
  /** The path of the network namespace; "" when that is gone. */
  readonly netns: string;
  /** What every plugin is told in CNI_ARGS. */
  readonly args: readonly (readonly [key: string, value: string])[];
  /** What those plugins are told that say they can do it. */
  readonly capabilities: Capabilities;
}

/** An attachment as GC names it. */
export interface ValidAttachment {
  readonly containerID: string;
  readonly ifname: string;
}

/** One start of a plugin. */
export interface PluginCall {
  readonly command: CniCommand;
  /** The name of the network. */
  readonly network: string;
  /** Its type, which is the name of its program. */
  readonly plugin: string;
  /** What it reads as JSON on stdin. */
  readonly conf: { readonly [key: string]: unknown };
  /** The variables of CNI, in addition to rkl's own environment. */
  readonly environment: { readonly [name: string]: string };
}

/** What calls differ in. */
export interface ChainOptions {
  /** Where plugins look for those they delegate to. */
  readonly directories: readonly string[];
  /** Of ADD, DEL and CHECK. */
  readonly attachment?: Attachment;
  /** What ADD returned, for DEL and CHECK: JSON in the network's version. */
  readonly prevResult?: object | undefined;
  /** Of GC. */
  readonly valid?: readonly ValidAttachment[];
}

/**
 * The calls of a command, in their order. Those of ADD get the result of the
 * one before when they are made: {@linkcode withPrevResult}.
 */
export function planChain(
  command: CniCommand,
  network: NetworkList,
  options: ChainOptions,
): PluginCall[] {
  const { plugins } = network;
  const ordered = command === "DEL" ? plugins.toReversed() : plugins;
  const environment = environmentOf(command, options);
  return ordered.map((plugin) => ({
    command,
    network: network.name,
    plugin: plugin.type,
    conf: confOf(network, plugin, options),
    environment,
  }));
}

/** A call with the result of the plugin before it. */
export function withPrevResult(
  call: PluginCall,
  prevResult: object,
): PluginCall {
  return { ...call, conf: { ...call.conf, prevResult } };
}

/** The question which versions a plugin speaks. */
export function planVersion(
  network: NetworkList,
  plugin: string,
  directories: readonly string[],
): PluginCall {
  return {
    command: "VERSION",
    network: network.name,
    plugin,
    conf: { cniVersion: network.version },
    environment: environmentOf("VERSION", { directories }),
  };
}

function confOf(
  { name, version }: NetworkList,
  plugin: PluginConf,
  { attachment, prevResult, valid }: ChainOptions,
): PluginCall["conf"] {
  const { capabilities: _, ...fields } = plugin;
  const conf = Object.fromEntries(
    // Keys that begin so are the runtime's.
    Object.entries(fields).filter(([key]) => !key.startsWith("cni.dev/")),
  );
  const runtimeConfig = attachment &&
    runtimeConfigOf(plugin, attachment.capabilities);
  return {
    ...conf,
    cniVersion: version,
    name,
    ...(runtimeConfig && { runtimeConfig }),
    // 0.3.x gave it to ADD only.
    ...(prevResult && isAtLeast(version, "0.4.0") && { prevResult }),
    ...(valid && {
      "cni.dev/valid-attachments": valid,
      // 1.1.0 as it was first published; libcni sends both too.
      "cni.dev/attachments": valid,
    }),
  };
}

/** All of them, always: none is to come from rkl's own environment. */
function environmentOf(
  command: CniCommand,
  { directories, attachment }: ChainOptions,
): PluginCall["environment"] {
  const args = attachment?.args.map(([key, value]) => `${key}=${value}`);
  return {
    CNI_COMMAND: command,
    CNI_CONTAINERID: attachment?.containerId ?? "",
    CNI_NETNS: attachment?.netns ?? "",
    CNI_IFNAME: attachment?.ifName ?? "",
    CNI_ARGS: args?.join(";") ?? "",
    CNI_PATH: directories.join(":"),
  };
}
