/**
 * The names of the containers on a network, for who answers questions about
 * them: which addresses a name has, and which names an address.
 *
 * @module
 */
import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import type { NameTable } from "../net/dns/names.ts";
import { type NetworkUser, usersOf } from "../net/network_store.ts";
import type { Network } from "../net/network.ts";
import { openGate } from "../runtime/status.ts";
import { type Store, tryReadRecord } from "../runtime/store.ts";
import { isAlive } from "../sys/process.ts";
import { tryReadContainer } from "./store.ts";

/** A running container, as others on the network know it. */
export interface NamedEndpoint {
  /** In the order in which they count: what it is called comes first. */
  readonly names: readonly string[];
  /** Of the container on this network. */
  readonly addresses: readonly Address[];
}

/**
 * The table of a network, from what is on disk and who runs now, paused ones
 * included. A process that waits for `start` has no names yet.
 *
 * It costs a few small files for each container on the network: worth keeping
 * for a moment where many ask.
 */
export function nameTable(store: Store, network: Network): NameTable {
  return tableOf(
    usersOf(store, network).flatMap((user) =>
      namedEndpoint(store, network, user) ?? []
    ),
  );
}

/** The table of what is known of a network's containers. */
export function tableOf(endpoints: readonly NamedEndpoint[]): NameTable {
  const addresses = new Map<string, Address[]>();
  const names = new Map<string, string[]>();
  for (const endpoint of endpoints) {
    for (const name of new Set(endpoint.names.map(lower))) {
      add(addresses, name, endpoint.addresses);
    }
    for (const address of endpoint.addresses) {
      add(names, formatAddress(address), endpoint.names);
    }
  }
  return { addresses, names };
}

function lower(name: string): string {
  return name.toLowerCase();
}

function add<T>(map: Map<string, T[]>, key: string, values: readonly T[]) {
  map.set(key, [...map.get(key) ?? [], ...values]);
}

/** Undefined for one that does not run, or has left the network by now. */
function namedEndpoint(
  store: Store,
  network: Network,
  { owner, addresses }: NetworkUser,
): NamedEndpoint | undefined {
  if (!runs(store, owner)) return undefined;
  const container = tryReadContainer(store, owner);
  if (container?.network?.kind !== "networks") return undefined;
  const attachment = container.network.networks.find(({ name }) =>
    name === network.name
  );
  if (!attachment) return undefined;
  const { hostname } = container.config;
  const names = [owner, ...attachment.aliases, ...hostname ? [hostname] : []];
  return {
    names: [...new Set(names)],
    addresses: addresses.map(parseAddress),
  };
}

function runs(store: Store, container: string): boolean {
  const init = tryReadRecord(store, container)?.init;
  if (!init || !isAlive(init)) return false;
  using gate = openGate(store, container);
  return gate === undefined;
}
