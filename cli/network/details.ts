/**
 * What is told of a network.
 *
 * @module
 */
import {
  containersOf,
  type SiteDetails,
} from "../../container/network/details.ts";
import type { Network } from "../../net/network.ts";
import type { Store } from "../../runtime/store.ts";
import type { CniDetails } from "./cni.ts";

/** A network as `inspect` and `list --format json` print it. */
export interface NetworkDetails extends Network {
  /** Those on it, by their names. */
  readonly containers: { readonly [name: string]: SiteDetails };
}

/** A network with those who use it. */
export function detailsOf(store: Store, network: Network): NetworkDetails {
  return { ...network, containers: containersOf(store, network) };
}

/** Where its addresses come from, as far as CNI's configuration tells. */
export function subnetsOf(network: NetworkDetails | CniDetails): string[] {
  return network.driver === "cni"
    ? [...network.subnets]
    : network.subnets.map(({ subnet }) => subnet);
}
