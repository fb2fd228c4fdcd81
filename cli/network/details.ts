/**
 * What is told of a network.
 *
 * @module
 */
import {
  containersOf,
  type SiteDetails,
} from "../../container/network_details.ts";
import type { Network } from "../../net/network.ts";
import type { Store } from "../../runtime/store.ts";

/** A network as `inspect` and `list --format json` print it. */
export interface NetworkDetails extends Network {
  /** Those on it, by their names. */
  readonly containers: { readonly [name: string]: SiteDetails };
}

/** A network with those who use it. */
export function detailsOf(store: Store, network: Network): NetworkDetails {
  return { ...network, containers: containersOf(store, network) };
}
