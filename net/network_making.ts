/**
 * Making, using and removing networks; see `network_store.ts`.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { newEntry, removeEntry, replaceFile } from "../sys/entry.ts";
import { type Fd, lockExclusive, O, open } from "../sys/fd.ts";
import { detachAll } from "./attach.ts";
import { lowerBridge, raiseBridge, type RaisedBridge } from "./bridge_up.ts";
import { unguard } from "./firewall.ts";
import { networksOfHost } from "./host_networks.ts";
import { interfaceOf } from "./interface_plan.ts";
import { changeLeases } from "./ipam.ts";
import { findLink } from "./netlink/find_link.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { DEFAULT_INTERFACE, DEFAULT_NETWORK, type Network } from "./network.ts";
import {
  DuplicateNetworkError,
  InterfaceTakenError,
  NetworkInUseError,
  NoSuchNetworkError,
} from "./network_error.ts";
import { type NetworkWishes, planNetwork } from "./network_plan.ts";
import {
  fileOf,
  findNetwork,
  listNetworks,
  networkDirectory,
  networksDirectory,
  tryFindNetwork,
  usersOf,
} from "./network_store.ts";
import { checkSpoofGuard, sweepGuards } from "./spoof_guard.ts";
import { checkVlanFiltering } from "./vlan_bridge.ts";

/** A network whose bridge is up. */
export interface RaisedNetwork extends RaisedBridge {
  /** As it is now: its interface may be another than before. */
  readonly network: Network;
}

/**
 * Makes a network. What is missing in `wishes` is chosen beside the other
 * networks and the host's routes, as the calling thread's network namespace
 * has them. The bridge is brought up on use.
 *
 * @throws {DuplicateNetworkError} and what `planNetwork()` throws
 * @throws {NoVlansError | NoSpoofGuardError}
 */
export function createNetwork(store: Store, wishes: NetworkWishes): Network {
  using _lock = lockNetworks(store);
  const networks = listNetworks(store);
  const taken = networks.find(({ name }) => name === wishes.name);
  if (taken) throw new DuplicateNetworkError(taken.name);
  using socket = new NetlinkSocket("ROUTE");
  const network = planNetwork(wishes, {
    networks,
    host: networksOfHost(socket),
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
    now: new Date().toISOString(),
  });
  if (network.vlan) checkVlanFiltering();
  if (network.spoofCheck) checkSpoofGuard();
  using entry = newEntry(
    networksDirectory(store),
    network.name,
    () => new DuplicateNetworkError(network.name),
  );
  replaceFile(fileOf(entry.directory), JSON.stringify(network));
  entry.publish();
  return network;
}

/** The default network, which is made when there is none. */
export function defaultNetwork(store: Store): Network {
  for (;;) {
    const network = tryFindNetwork(store, DEFAULT_NETWORK);
    if (network) return network;
    try {
      return createNetwork(store, { name: DEFAULT_NETWORK });
    } catch (error) {
      if (!(error instanceof DuplicateNetworkError)) throw error;
    }
  }
}

/**
 * The network of that name; the default one is made when there is none.
 *
 * @throws {NoSuchNetworkError}
 */
export function useNetwork(store: Store, name: string): Network {
  return name === DEFAULT_NETWORK
    ? defaultNetwork(store)
    : findNetwork(store, name);
}

/**
 * Brings up the bridge of a network; the socket is of the calling thread's
 * network namespace. The caller has a lease in the network, so that nobody
 * removes it meanwhile.
 *
 * When the default network's interface is another's, as where two stores share
 * a host, it gets one of its own.
 *
 * @throws {BridgeError}
 */
export function raiseNetwork(
  store: Store,
  socket: NetlinkSocket,
  network: Network,
): RaisedNetwork {
  try {
    return { network, ...raiseBridge(socket, network) };
  } catch (error) {
    if (!(error instanceof InterfaceTakenError)) throw error;
    if (network.interface !== DEFAULT_INTERFACE) throw error;
    const renamed = renameInterface(store, network);
    return { network: renamed, ...raiseBridge(socket, renamed) };
  }
}

/**
 * Removes a network nobody uses, and its bridge from the calling thread's
 * network namespace. Returns what it was.
 *
 * @throws {NoSuchNetworkError}
 * @throws {NetworkInUseError}
 */
export function removeNetwork(store: Store, name: string): Network {
  findNetwork(store, name);
  using _lock = lockNetworks(store);
  const network = findNetwork(store, name);
  const directory = networkDirectory(store, name);
  // Nobody is to lease an address meanwhile.
  changeLeases(directory, (leases) => {
    const users = new Set(Object.values(leases.owners));
    if (users.size > 0) throw new NetworkInUseError(name, [...users]);
    // Before the network, whose next use would bring the bridge up again.
    takeDown(network);
    removeEntry(networksDirectory(store), name);
    return { leases, result: undefined };
  });
  return network;
}

/**
 * Takes the bridge of a network down that nobody uses, save perhaps the owner
 * `but`. Its next use brings it up again.
 */
export function restNetwork(store: Store, name: string, but: string): void {
  using _lock = lockNetworks(store);
  const network = tryFindNetwork(store, name);
  if (!network) return;
  // Nobody is to lease an address meanwhile.
  changeLeases(networkDirectory(store, name), (leases) => {
    const users = Object.values(leases.owners);
    if (users.every((user) => user === but)) takeDown(network);
    return { leases, result: undefined };
  });
}

/** Removes a network's bridge and its rules. */
function takeDown(network: Network): void {
  using socket = new NetlinkSocket("ROUTE");
  lowerBridge(socket, network);
  // Else it is another's, as where two stores share a host, and so are they.
  if (!findLink(socket, network.interface)) unguard(network);
  if (!network.spoofCheck) return;
  detachAll(socket, network.id);
  sweepGuards(socket);
}

/**
 * Removes all networks nobody uses but the default one, or those of them that
 * are meant; returns what they were.
 */
export function pruneNetworks(
  store: Store,
  isMeant: (network: Network) => boolean = () => true,
): Network[] {
  const unused = listNetworks(store).filter((network) =>
    network.name !== DEFAULT_NETWORK && isMeant(network) &&
    usersOf(store, network).length === 0
  );
  return unused.flatMap(({ name }) => {
    try {
      return [removeNetwork(store, name)];
    } catch (error) {
      // It was taken into use, or removed by another.
      if (error instanceof NetworkInUseError) return [];
      if (error instanceof NoSuchNetworkError) return [];
      throw error;
    }
  });
}

/** Waits for the lock of the registry and holds it until disposed of. */
function lockNetworks(store: Store): Fd {
  const parent = networksDirectory(store);
  Deno.mkdirSync(parent, { recursive: true, mode: 0o700 });
  const lock = open(`${parent}/.lock`, O.RDWR | O.CREAT);
  lockExclusive(lock);
  return lock;
}

/** Gives the default network the interface that other ones have by their id. */
function renameInterface(store: Store, { name, id }: Network): Network {
  using _lock = lockNetworks(store);
  const network = findNetwork(store, name);
  // Another process was first, or has made another network of that name.
  if (network.id !== id || network.interface !== DEFAULT_INTERFACE) {
    return network;
  }
  const renamed = { ...network, interface: interfaceOf(id) };
  replaceFile(fileOf(networkDirectory(store, name)), JSON.stringify(renamed));
  return renamed;
}
