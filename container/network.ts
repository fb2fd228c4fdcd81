/**
 * A container's place on its networks: addresses, and the interfaces, once
 * there is a namespace to put them in.
 *
 * @module
 */
import { type Address, type Family, parseAddress } from "../net/address.ts";
import { attach, type Endpoint, portOf } from "../net/attach.ts";
import { guard } from "../net/firewall.ts";
import { allocate, release } from "../net/ipam.ts";
import type { AddressWish } from "../net/lease.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { describeObstacles } from "../net/obstacles.ts";
import { openNetns } from "../net/netns.ts";
import {
  familiesOf,
  gatewaysOf,
  type Network,
  prefixesOf,
  rangesOf,
} from "../net/network.ts";
import {
  networkDirectory,
  raiseNetwork,
  tryFindNetwork,
  useNetwork,
} from "../net/network_store.ts";
import { containsAddress, type Prefix } from "../net/prefix.ts";
import type { Store } from "../runtime/store.ts";
import type { Attachment } from "./attachment.ts";
import type { NamesSite } from "./names.ts";

/** A container on one network. */
export interface Site {
  /** Whose bridge is up. */
  readonly network: Network;
  /** The interface to be made. */
  readonly endpoint: Endpoint;
}

/** Where a container is on its networks. */
export interface Place {
  /** In the order in which it is on its networks. */
  readonly sites: readonly Site[];
  /** Where its default routes lead, one for each IP version that has one. */
  readonly out: readonly WayOut[];
  /** What was changed on the host, or is amiss, for the user to know. */
  readonly notices: readonly string[];
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
 * Finds a container's place: networks are brought up, addresses leased. The
 * same again for one that has a place.
 *
 * @throws {NoSuchNetworkError | BridgeError | ExhaustedError | NetlinkError}
 */
export function takePlace(
  store: Store,
  container: string,
  attachments: readonly Attachment[],
): Place {
  using socket = new NetlinkSocket("ROUTE");
  const notices: string[] = [];
  const taken = attachments.map((attachment) => {
    const network = useNetwork(store, attachment.name);
    // Before the bridge: nobody removes a network with a lease.
    const addresses = lease(store, container, network, attachment);
    const raised = raiseNetwork(store, socket, network);
    notices.push(...raised.notices);
    return { ...raised, addresses, attachment };
  });
  guard(taken.map(({ network }) => network));
  notices.push(...taken.flatMap(({ network }) => describeObstacles(network)));
  const ways = waysOut(taken.map(({ network }) => network));
  const sites = taken.map((
    { network, index: bridge, addresses, attachment: { mac, ...attachment } },
  ): Site => ({
    network,
    endpoint: {
      bridge,
      port: portOf(container, network.id),
      name: attachment.interface,
      addresses,
      ...(mac !== undefined && { mac }),
      gateways: ways.get(network)!,
      ...(network.mtu && { mtu: network.mtu }),
    },
  }));
  return { sites, notices, out: sites.flatMap(waysOf) };
}

/** Where the default routes of a site lead. */
function waysOf({ network, endpoint }: Site): WayOut[] {
  const { publishOn, publishFrom } = network;
  const families = endpoint.gateways.map(({ family }) => family);
  return endpoint.addresses.map(({ address }) => address)
    .filter(({ family }) => families.includes(family))
    .map((address): WayOut => ({
      bridge: network.interface,
      address,
      ...(publishOn !== undefined && { publishOn: parseAddress(publishOn) }),
      ...(publishFrom && { publishFrom }),
    }));
}

/**
 * Where packets for elsewhere go on each network: in each IP version the first
 * that has it and is not internal leads there.
 */
function waysOut(networks: readonly Network[]): Map<Network, Address[]> {
  const led = new Set<Family>();
  return new Map(networks.map((network) => {
    const gateways = network.internal ? [] : gatewaysOf(network)
      .map(({ address }) => address)
      .filter(({ family }) => !led.has(family) && led.add(family));
    return [network, gateways];
  }));
}

/** One address of each IP version the network has. */
function lease(
  store: Store,
  container: string,
  network: Network,
  attachment: Attachment,
): Prefix[] {
  const addresses = allocate(
    networkDirectory(store, network.name),
    container,
    wishesOf(network, attachment),
  );
  const prefixes = prefixesOf(network);
  return addresses.map((address) => {
    const subnet = prefixes.find((prefix) => containsAddress(prefix, address));
    return { address, length: subnet!.length };
  });
}

/** Those of the user's are held against the network's subnets by who leases. */
function wishesOf(
  network: Network,
  { ip, ip6 }: Attachment,
): AddressWish[] {
  const wanted = { 4: ip, 6: ip6 } as const;
  return familiesOf(network).map((family) => {
    const address = wanted[family];
    return {
      ranges: rangesOf(network, family),
      ...(address !== undefined && { address: parseAddress(address) }),
    };
  });
}

/** Connects the container whose init is `pid`, as the host sees it. */
export function connect({ sites }: Place, pid: number): void {
  using netns = openNetns(pid);
  attach(netns, sites.map(({ endpoint }) => endpoint));
}

/** What the container's names have of its networks. */
export function namesSites({ sites }: Pick<Place, "sites">): NamesSite[] {
  return sites.map(({ network, endpoint }) => ({
    addresses: endpoint.addresses.map(({ address }) => address),
    hosts: gatewaysOf(network).map(({ address }) => address),
  }));
}

/** Gives back a container's addresses; of networks that are gone, none. */
export function leavePlace(
  store: Store,
  container: string,
  attachments: readonly Attachment[],
): void {
  for (const { name } of attachments) {
    if (!tryFindNetwork(store, name)) continue;
    release(networkDirectory(store, name), container);
  }
}
