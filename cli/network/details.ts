/**
 * What is told of a network.
 *
 * @module
 */
import type { Network } from "../../net/network.ts";
import { usersOf } from "../../net/network_store.ts";
import type { Store } from "../../runtime/store.ts";

/** A network as `inspect` and `list --format json` print it. */
export interface NetworkDetails extends Network {
  /** Their addresses, by their names. */
  readonly containers: { readonly [name: string]: readonly string[] };
}

/** A network with those who use it. */
export function detailsOf(store: Store, network: Network): NetworkDetails {
  const users = usersOf(store, network);
  const containers = users.map(({ owner, addresses }) => [owner, addresses]);
  return { ...network, containers: Object.fromEntries(containers) };
}
