/**
 * The names of the containers on a network, for who answers questions about
 * them: which addresses a name has, and which names an address.
 *
 * @module
 */
import {
  type Address,
  formatAddress,
  parseAddress,
} from "../../net/address.ts";
import type { NameTable, Zone } from "../../net/dns/names.ts";
import { type Network, prefixesOf } from "../../net/network.ts";
import type { NetworkUser } from "../../net/network_store.ts";
import { shortId } from "../id.ts";
import type { LiveContainer } from "../live.ts";

/** A running container, as others on the network know it. */
export interface NamedEndpoint {
  /** In the order in which they count: what it is called comes first. */
  readonly names: readonly string[];
  /** Of the container on this network. */
  readonly addresses: readonly Address[];
}

/**
 * Who of a network's users can be found by name: those who run, paused ones
 * included. A process that waits for `start` has no names yet.
 */
export function namedEndpoints(
  { name }: Pick<Network, "name">,
  users: readonly NetworkUser[],
  live: readonly LiveContainer[],
): NamedEndpoint[] {
  const byId = new Map<string, LiveContainer>(
    live.map((one) => [one.container.id, one]),
  );
  return users.flatMap(({ owner, addresses }) => {
    const one = byId.get(owner);
    const attachment = one?.networks.find((network) => network.name === name);
    if (!one?.started || !attachment) return [];
    const { id, name: own, config: { hostname } } = one.container;
    const names = [
      own,
      ...attachment.aliases,
      ...hostname ? [hostname] : [],
      shortId(id),
    ];
    return {
      names: [...new Set(names)],
      addresses: addresses.map(parseAddress),
    };
  });
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

/** What is known of a network, to answer from. */
export interface KnownNetwork {
  readonly zone: Zone;
  /** Who has an address there, by its text. */
  readonly owners: ReadonlyMap<string, string>;
  /** Whether there is a way out. */
  readonly forwards: boolean;
  /** Tells whether it is the same as another. */
  readonly key: string;
}

/** What is known now; the same as before if nothing is different. */
export function knowNetwork(
  network: Network,
  users: readonly NetworkUser[],
  live: readonly LiveContainer[],
  before: KnownNetwork | undefined,
): KnownNetwork {
  const endpoints = namedEndpoints(network, users, live);
  const { id, subnets, internal } = network;
  const key = JSON.stringify([
    ...[id, subnets, internal, users],
    endpoints.map(({ names }) => names),
  ]);
  // The turns that containers of one name take are kept along with the table.
  if (before?.key === key) return before;
  return {
    zone: { table: tableOf(endpoints), subnets: prefixesOf(network) },
    owners: new Map(
      users.flatMap(({ owner, addresses }) =>
        addresses.map((address) => [address, owner])
      ),
    ),
    forwards: !internal,
    key,
  };
}
