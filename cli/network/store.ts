/**
 * The networks that the verbs work on.
 *
 * @module
 */
import { containersDirectory } from "../../container/store.ts";
import { reclaimLeases } from "../../net/network_store.ts";
import type { Store } from "../../runtime/store.ts";
import { exists } from "../../sys/entry.ts";
import type { Globals } from "../globals.ts";
import { storeOf } from "../store.ts";

/**
 * Where the networks are, after addresses were given back that containers have
 * which are no more: whoever deleted them was killed before it did so.
 */
export function networkStoreOf(globals: Globals): Store {
  const store = storeOf(globals);
  const containers = containersDirectory(store);
  reclaimLeases(store, (owner) => exists(`${containers}/${owner}`));
  return store;
}
