/**
 * Networks on disk. They outlive a reboot; their bridges do not, and are
 * brought up when they are needed, by `network_making.ts`.
 *
 *     DATA/networks/.lock              held by whoever makes or removes networks
 *     DATA/networks/NAME/network.json  {@linkcode Network}
 *     DATA/networks/NAME/lock          see `ipam.ts`
 *     DATA/networks/NAME/leases.json   see `ipam.ts`
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { listEntries, sweepPending } from "../sys/entry.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Lease, listLeases, reclaim } from "./ipam.ts";
import { checkNetworkName, DEFAULT_NETWORK, type Network } from "./network.ts";
import { NoSuchNetworkError } from "./network_error.ts";

/** Who uses a network, and the addresses they have there. */
export interface NetworkUser {
  /** A container. */
  readonly owner: string;
  readonly addresses: readonly string[];
}

/** Where networks are kept. */
export function networksDirectory({ dataRoot }: Store): string {
  return `${dataRoot}/networks`;
}

/** The directory of a network, where its leases are; see `ipam.ts`. */
export function networkDirectory(store: Store, name: string): string {
  return `${networksDirectory(store)}/${checkNetworkName(name)}`;
}

/** Whether there is a network of that name; the default one always is. */
export function isNetwork(store: Store, name: string): boolean {
  return name === DEFAULT_NETWORK || tryFindNetwork(store, name) !== undefined;
}

/**
 * The network of that name.
 *
 * @throws {NoSuchNetworkError}
 */
export function findNetwork(store: Store, name: string): Network {
  const network = tryFindNetwork(store, name);
  if (network) return network;
  throw new NoSuchNetworkError(name, networksDirectory(store));
}

/** The network of that name, or undefined when there is none. */
export function tryFindNetwork(
  store: Store,
  name: string,
): Network | undefined {
  const path = fileOf(networkDirectory(store, name));
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(
      `cannot read the network in ${path}: ${error.message}; delete its ` +
        "directory and make it anew",
      { cause: error },
    );
  }
}

/** All networks, by name, after what makers who were killed left is removed. */
export function listNetworks(store: Store): Network[] {
  const parent = networksDirectory(store);
  sweepPending(parent);
  return listEntries(parent)
    .flatMap((name) => tryFindNetwork(store, name) ?? []);
}

/** Gives back the addresses that those have who are no more, and returns them. */
export function reclaimLeases(
  store: Store,
  isAlive: (owner: string) => boolean,
): Lease[] {
  return listNetworks(store).flatMap(({ name }) => {
    const directory = networkDirectory(store, name);
    try {
      const isOver = ({ owner }: Lease) => !isAlive(owner);
      if (!listLeases(directory).some(isOver)) return [];
      return reclaim(directory, isAlive);
    } catch (error) {
      // The network was removed meanwhile.
      if (error instanceof SyscallError && error.code === "ENOENT") return [];
      throw error;
    }
  });
}

/** Who has addresses in a network. */
export function usersOf(store: Store, { name }: Network): NetworkUser[] {
  const leases = listLeases(networkDirectory(store, name));
  const byOwner = Map.groupBy(leases, ({ owner }) => owner);
  return [...byOwner].map(([owner, leases]) => ({
    owner,
    addresses: leases.map(({ address }) => address),
  }));
}

/** The file of a network, in its directory. */
export function fileOf(directory: string): string {
  return `${directory}/network.json`;
}
