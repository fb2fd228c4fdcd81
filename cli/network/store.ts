/**
 * The networks that the verbs work on.
 *
 * @module
 */
import { reclaimSites } from "../../container/network/site.ts";
import { isNetwork } from "../../net/network_store.ts";
import type { Store } from "../../runtime/store.ts";
import { exists } from "../../sys/entry.ts";
import { DEFAULT_CONF_DIRECTORY } from "../../net/cni/runtime/defaults.ts";
import type { ConfDirectory } from "../../net/cni/runtime/conf_directory.ts";
import type { Globals } from "../globals.ts";
import { storeOf } from "../store.ts";
import type { CniDetails } from "./cni.ts";

/** Where the networks are, after what was left of containers is given back. */
export function networkStoreOf(globals: Globals): Store {
  const store = storeOf(globals);
  reclaimSites(store);
  return store;
}

/**
 * The networks of CNI but those whose names networks of rkl's own have. Where
 * there is no directory of them, nothing is loaded.
 */
export async function cniNetworksOf(store: Store): Promise<ConfDirectory> {
  const directory = store.cni?.conf ?? DEFAULT_CONF_DIRECTORY;
  if (!exists(directory)) return { networks: [], warnings: [] };
  const { cniNetworks } = await import("../../container/network/cni.ts");
  const { networks, warnings } = cniNetworks(store);
  return {
    networks: networks.filter(({ name }) => !isNetwork(store, name)),
    warnings,
  };
}

/** What is told of networks of CNI; nothing is loaded where there are none. */
export async function describeCni(
  store: Store,
  networks: ConfDirectory["networks"],
): Promise<CniDetails[]> {
  if (networks.length === 0) return [];
  const { cniDetailsOf } = await import("./cni.ts");
  return networks.map((network) => cniDetailsOf(store, network));
}
