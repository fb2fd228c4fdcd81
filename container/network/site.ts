/**
 * A container's addresses on its networks, and where it leads out of them. Only
 * files are touched here; `network/network.ts` makes what the kernel has to know.
 *
 * @module
 */
import { type Address, type Family, parseAddress } from "../../net/address.ts";
import { allocate, type Lease, release } from "../../net/ipam.ts";
import { AddressUnavailableError, type AddressWish } from "../../net/lease.ts";
import {
  gatewaysOf,
  type Network,
  prefixesOf,
  rangesOf,
} from "../../net/network.ts";
import {
  networkDirectory,
  networksDirectory,
  reclaimLeases,
  tryFindNetwork,
  usersOf,
} from "../../net/network_store.ts";
import { containsAddress, type Prefix } from "../../net/prefix.ts";
import type { Store } from "../../runtime/store.ts";
import { NoSuchNetworkError } from "../../net/network_error.ts";
import { exists } from "../../sys/entry.ts";
import { SyscallError } from "../../sys/errors.ts";
import type { Attachment } from "./attachment.ts";
import type { ContainerId } from "../id.ts";
import type { NamesSite } from "./names.ts";
import { containersDirectory, nameOf } from "../store.ts";

/** A container on one network. */
export interface Site {
  readonly network: Network;
  readonly attachment: Attachment;
  /** The container's, with the length of the network's prefix. */
  readonly addresses: readonly Prefix[];
}

/** Over which network a container and the world reach each other. */
export interface WayOut {
  /** The interface of its bridge. */
  readonly bridge: string;
  /** The container's. */
  readonly address: Address;
  /** Where ports are published that do not say; everywhere unless given. */
  readonly publishOn?: Address;
  /** Who may connect to published ports; everyone unless given. */
  readonly publishFrom?: readonly string[];
}

/**
 * Leases an address of each IP version the network has, or those that are asked
 * for. The same again for who has them already.
 *
 * @throws {ExhaustedError | AddressUnavailableError}
 * @throws {NoSuchNetworkError} when the network was removed meanwhile
 */
export function takeSite(
  store: Store,
  container: ContainerId,
  network: Network,
  attachment: Attachment,
): Site {
  const site = tryTakeSite(store, container, network, attachment);
  if (site) return site;
  throw new NoSuchNetworkError(network.name, networksDirectory(store));
}

/**
 * The same, or undefined when the network was removed meanwhile.
 *
 * @throws {ExhaustedError | AddressUnavailableError}
 */
export function tryTakeSite(
  store: Store,
  container: ContainerId,
  network: Network,
  attachment: Attachment,
): Site | undefined {
  const directory = networkDirectory(store, network.name);
  const wishes = ([4, 6] as const).flatMap((family) =>
    wishFor(family, network, attachment) ?? []
  );
  const addresses = tryAllocate(store, directory, container, wishes);
  if (!addresses) return undefined;
  // From here on nobody removes it; it may be another of its name by now.
  if (tryFindNetwork(store, network.name)?.id !== network.id) {
    release(directory, container);
    return undefined;
  }
  return { network, attachment, addresses: withLengths(network, addresses) };
}

/** Undefined where there is no such network any more. */
function tryAllocate(
  store: Store,
  directory: string,
  container: ContainerId,
  wishes: readonly AddressWish[],
): Address[] | undefined {
  try {
    return allocate(directory, container, wishes);
  } catch (error) {
    const gone = error instanceof SyscallError && error.code === "ENOENT";
    if (!gone) throw inWords(store, error);
    return undefined;
  }
}

/** Networks know containers by their ids, people by their names. */
function inWords(store: Store, error: unknown): unknown {
  if (!(error instanceof AddressUnavailableError)) return error;
  const { address, holder } = error;
  if (holder === undefined) return error;
  const name = nameOf(store, holder as ContainerId);
  return new AddressUnavailableError(address, `${name} has it`, holder);
}

function wishFor(
  family: Family,
  network: Network,
  { ip, ip6 }: Attachment,
): AddressWish | undefined {
  const text = family === 4 ? ip : ip6;
  const address = text === undefined ? undefined : parseAddress(text);
  const ranges = rangesOf(network, family);
  if (ranges.length > 0) return { ranges, ...(address && { address }) };
  if (!address) return undefined;
  const reason = `network "${network.name}" has no IPv${family}`;
  throw new AddressUnavailableError(address, reason);
}

/** What a container has on its networks now; those that are gone are left out. */
export function findSites(
  store: Store,
  container: ContainerId,
  attachments: readonly Attachment[],
): Site[] {
  return attachments.flatMap((attachment) => {
    const network = tryFindNetwork(store, attachment.name);
    if (!network) return [];
    const user = usersOf(store, network).find(({ owner }) =>
      owner === container
    );
    const addresses = (user?.addresses ?? []).map(parseAddress);
    return [{
      network,
      attachment,
      addresses: withLengths(network, addresses),
    }];
  });
}

function withLengths(network: Network, addresses: readonly Address[]) {
  const prefixes = prefixesOf(network);
  return addresses.flatMap((address): Prefix[] => {
    const subnet = prefixes.find((prefix) => containsAddress(prefix, address));
    return subnet ? [{ address, length: subnet.length }] : [];
  });
}

/** Gives back a container's addresses; of networks that are gone, none. */
export function leaveNetworks(
  store: Store,
  container: ContainerId,
  attachments: readonly Pick<Attachment, "name">[],
): void {
  for (const { name } of attachments) {
    if (!tryFindNetwork(store, name)) continue;
    release(networkDirectory(store, name), container);
  }
}

/**
 * Gives back the addresses of containers that are no more: who deleted them was
 * killed before it did so.
 */
export function reclaimSites(store: Store): Lease[] {
  const containers = containersDirectory(store);
  return reclaimLeases(store, (owner) => exists(`${containers}/${owner}`));
}

/**
 * The default gateways on each network: in each IP version the first network
 * that has it and is not internal leads out.
 */
export function gatewaysOfSites(
  sites: readonly Site[],
): Map<Site, readonly Address[]> {
  const led = new Set<Family>();
  return new Map(sites.map((site) => {
    const gateways = site.network.internal ? [] : gatewaysNear(site)
      .filter(({ family }) => !led.has(family) && led.add(family));
    return [site, gateways];
  }));
}

/** The host's addresses in the subnets that the container has one of. */
function gatewaysNear({ network, addresses }: Site): Address[] {
  return gatewaysOf(network)
    .filter((prefix) =>
      addresses.some(({ address }) => containsAddress(prefix, address))
    )
    .map(({ address }) => address);
}

/** Where a container's default routes lead, one for each IP version with one. */
export function waysOut(sites: readonly Site[]): WayOut[] {
  const gateways = gatewaysOfSites(sites);
  return sites.flatMap((site) => {
    const { publishOn, publishFrom } = site.network;
    const families = gateways.get(site)!.map(({ family }) => family);
    return site.addresses.map(({ address }) => address)
      .filter(({ family }) => families.includes(family))
      .map((address): WayOut => ({
        bridge: site.network.interface,
        address,
        ...(publishOn !== undefined && { publishOn: parseAddress(publishOn) }),
        ...(publishFrom && { publishFrom }),
      }));
  });
}

/** What a container's names have of its networks. */
export function namesSites(sites: readonly Site[]): NamesSite[] {
  return sites.map((site) => ({
    addresses: site.addresses.map(({ address }) => address),
    hosts: gatewaysNear(site),
  }));
}
