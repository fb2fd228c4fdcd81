/**
 * Which version of CNI a network's plugins are spoken to in, where its
 * configuration offers several: the newest that all of them speak. A version
 * that is the only one is not asked about: a plugin that does not speak it says
 * so by itself. Follows the CNI specification 1.1.0, section 1, "Version
 * considerations".
 *
 * @module
 */
import type { CniVersion } from "../version.ts";
import { readVersions } from "./answer.ts";
import { planVersion } from "./chain.ts";
import { invoke, type InvokeOptions } from "./invoke.ts";
import { LOOPBACK } from "./loopback.ts";
import type { NetworkList } from "./network_list.ts";

/** Plugins that have no version in common. */
export class NoCommonVersionError extends Error {
  /** Tells it from other errors. */
  override readonly name = "NoCommonVersionError";

  /** Says who speaks what. */
  constructor(
    /** The name of the network. */
    readonly network: string,
    offered: readonly string[],
    spoken: ReadonlyMap<string, readonly string[]>,
  ) {
    const plugins = [...spoken].map(([plugin, versions]) =>
      `"${plugin}" ${versions.join(", ") || "none"}`
    );
    super(
      `network "${network}" offers the CNI versions ${
        offered.join(", ")
      }, of ` +
        `which its plugins have none in common: ${plugins.join("; ")}`,
    );
  }
}

/**
 * The network with the version its plugins agree on.
 *
 * @throws {NoCommonVersionError | MissingPluginError | PluginError}
 */
export async function negotiate<T extends NetworkList>(
  network: T,
  options: InvokeOptions,
): Promise<T> {
  if (network.versions.length < 2) return network;
  const spoken = new Map<string, readonly string[]>();
  for (const { type } of network.plugins) {
    if (type === LOOPBACK || spoken.has(type)) continue;
    const call = planVersion(network, type, options.directories);
    spoken.set(type, readVersions(call, await invoke(call, options)));
  }
  const version = commonVersion(network.versions, [...spoken.values()]);
  if (version) return { ...network, version, versions: [version] };
  throw new NoCommonVersionError(network.name, network.versions, spoken);
}

/** The newest of what is offered, oldest first, that everybody speaks. */
export function commonVersion(
  offered: readonly CniVersion[],
  spoken: readonly (readonly string[])[],
): CniVersion | undefined {
  return offered.findLast((version) =>
    spoken.every((versions) => versions.includes(version))
  );
}
