/**
 * What is told of a network that is CNI's.
 *
 * @module
 */
import { containersOfCni } from "../../container/network/cni.ts";
import type { SiteDetails } from "../../container/network/details.ts";
import type { ConfiguredNetwork } from "../../net/cni/runtime/conf_directory.ts";
import type { PluginConf } from "../../net/cni/runtime/network_list.ts";
import type { Store } from "../../runtime/store.ts";

/** A network of CNI as `inspect` and `list --format json` print it. */
export interface CniDetails {
  readonly name: string;
  readonly driver: "cni";
  /** The file it is configured in. */
  readonly file: string;
  /** That its plugins are spoken to in, if all of them speak it. */
  readonly cniVersion: string;
  readonly disableCheck: boolean;
  readonly disableGC: boolean;
  /** The bridge, or the parent, that a plugin is told to use; mostly one. */
  readonly interface: string;
  /** That plugins are told to choose addresses from. */
  readonly subnets: readonly string[];
  /** As they are written there. */
  readonly plugins: readonly PluginConf[];
  /** Those on it, by their names. */
  readonly containers: { readonly [name: string]: SiteDetails };
}

/** A network of CNI with those who use it. */
export function cniDetailsOf(
  store: Store,
  network: ConfiguredNetwork,
): CniDetails {
  const { name, file, version, disableCheck, disableGC, plugins } = network;
  return {
    name,
    driver: "cni",
    file,
    cniVersion: version,
    disableCheck,
    disableGC,
    interface: interfaceOf(plugins),
    subnets: plugins.flatMap((plugin) => textsAt(plugin, "subnet")),
    plugins,
    containers: containersOfCni(store, name),
  };
}

function interfaceOf(plugins: readonly object[]): string {
  return plugins.flatMap((plugin) =>
    ["bridge", "master"].flatMap((key) => textsAt(plugin, key))
  )[0] ?? "";
}

/** The texts of a key, at any depth. */
function textsAt(value: unknown, key: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    name === key && typeof item === "string" ? [item] : textsAt(item, key)
  );
}
