/**
 * What a runtime may ask of plugins for one container, and what of that a
 * plugin is told: what it says it is capable of. Names and shapes are those of
 * CNI's CONVENTIONS.md.
 *
 * @module
 */
import type { NetworkList, PluginConf } from "./network_list.ts";

/** A port of the host that leads to one of the container. */
export interface CniPortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp" | "sctp";
  /** The host's address; all of them unless given. */
  readonly hostIP?: string;
}

/** What is asked for, by the name of the capability. */
export interface Capabilities {
  readonly portMappings?: readonly CniPortMapping[];
  /** Addresses with a prefix length, or without. */
  readonly ips?: readonly string[];
  /** The Ethernet address of the interface. */
  readonly mac?: string;
  /** Further names of the container on the network. */
  readonly aliases?: readonly string[];
  /** Ranges to choose addresses from, one list for each IP version. */
  readonly ipRanges?: readonly (readonly { readonly subnet: string }[])[];
  /** Bits a second, and bits in a burst. */
  readonly bandwidth?: {
    readonly ingressRate?: number;
    readonly ingressBurst?: number;
    readonly egressRate?: number;
    readonly egressBurst?: number;
  };
  readonly dns?: {
    readonly servers?: readonly string[];
    readonly searches?: readonly string[];
    readonly options?: readonly string[];
  };
  /** Of the container, below the root of the hierarchy. */
  readonly cgroupPath?: string;
  readonly infinibandGUID?: string;
  readonly deviceID?: string;
}

/** What a plugin is told in `runtimeConfig`; undefined when it is nothing. */
export function runtimeConfigOf(
  { capabilities = {} }: PluginConf,
  wanted: Capabilities,
): Capabilities | undefined {
  const entries = Object.entries(wanted).filter(([name, value]) =>
    value !== undefined && Object.hasOwn(capabilities, name) &&
    capabilities[name]
  );
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** What is asked for and none of a network's plugins is capable of. */
export function unservedCapabilities(
  { plugins }: Pick<NetworkList, "plugins">,
  wanted: Capabilities,
): string[] {
  const served = new Set(
    plugins.flatMap((plugin) =>
      Object.keys(runtimeConfigOf(plugin, wanted) ?? {})
    ),
  );
  return Object.entries(wanted)
    .filter(([name, value]) => value !== undefined && !served.has(name))
    .map(([name]) => name);
}
