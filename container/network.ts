/**
 * A container's place on its networks: addresses, the files that names are
 * found with, and the interfaces, once there is a namespace to put them in.
 *
 * @module
 */
import { type Address, type Family, parseAddress } from "../net/address.ts";
import { attach, type Endpoint, portOf } from "../net/attach.ts";
import { guard } from "../net/firewall.ts";
import { allocate, release } from "../net/ipam.ts";
import type { AddressWish } from "../net/lease.ts";
import { namesFiles } from "../net/names/files.ts";
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
import type { Config, Mount } from "../runtime/spec.ts";
import type { Store } from "../runtime/store.ts";
import { replaceFile } from "../sys/entry.ts";
import type { Attachment } from "./attachment.ts";
import { type Container, containerDirectory } from "./store.ts";

/** Where a container is on its networks. */
export interface Place {
  /** In the order of its interfaces. */
  readonly endpoints: readonly Endpoint[];
  /** The bridges' addresses there. */
  readonly gateways: readonly Prefix[];
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
  const endpoints = taken.map((
    { network, index: bridge, addresses, attachment: { mac, ...attachment } },
  ): Endpoint => ({
    bridge,
    port: portOf(container, network.id),
    name: attachment.interface,
    addresses,
    ...(mac !== undefined && { mac }),
    gateways: ways.get(network)!,
    ...(network.mtu && { mtu: network.mtu }),
  }));
  const gateways = taken.flatMap(({ network }) => gatewaysOf(network));
  return { endpoints, gateways, notices, out: describeWays(taken, ways) };
}

function describeWays(
  taken: readonly { network: Network; addresses: readonly Prefix[] }[],
  ways: ReadonlyMap<Network, readonly Address[]>,
): WayOut[] {
  return taken.flatMap(({ network, addresses }) => {
    const { publishOn, publishFrom } = network;
    const families = ways.get(network)!.map(({ family }) => family);
    return addresses.map(({ address }) => address)
      .filter(({ family }) => families.includes(family))
      .map((address): WayOut => ({
        bridge: network.interface,
        address,
        ...(publishOn !== undefined && { publishOn: parseAddress(publishOn) }),
        ...(publishFrom && { publishFrom }),
      }));
  });
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
export function connect({ endpoints }: Place, pid: number): void {
  using netns = openNetns(pid);
  attach(netns, endpoints);
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

/** The files that names are found with, and where they are mounted. */
const FILES = {
  hosts: "/etc/hosts",
  hostname: "/etc/hostname",
  resolvConf: "/etc/resolv.conf",
} as const;

/**
 * Writes the files that names are found with into the container's directory,
 * and mounts them where the configuration has nothing else.
 */
export function withNames(
  store: Store,
  { name, config }: Container,
  { endpoints, gateways }: Place,
): { config: Config; warnings: readonly string[] } {
  const addresses = endpoints.flatMap(({ addresses }) =>
    addresses.map(({ address }) => address)
  );
  const { warnings, ...texts } = namesFiles({
    hostname: config.hostname ?? name,
    ...(config.domainname !== undefined && { domainname: config.domainname }),
    addresses,
    gateways: gateways.map(({ address }) => address),
    addHosts: [],
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    hostNetwork: false,
    ipv6: addresses.some(({ family }) => family === 6),
  });
  const directory = containerDirectory(store, name);
  const mounts: Mount[] = [];
  for (const [key, destination] of Object.entries(FILES)) {
    const source = `${directory}/${key}`;
    replaceFile(source, texts[key as keyof typeof FILES]);
    Deno.chmodSync(source, 0o644);
    if (config.mounts.some((mount) => mount.destination === destination)) {
      continue;
    }
    mounts.push({
      destination,
      type: "none",
      source,
      options: ["rbind", "rprivate"],
    });
  }
  return {
    config: { ...config, mounts: [...config.mounts, ...mounts] },
    warnings,
  };
}
