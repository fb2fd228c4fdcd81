/**
 * A container's place on its networks: bridges that are up, addresses, and the
 * interfaces, once there is a namespace to put them in.
 *
 * @module
 */
import { attach, type Endpoint, portOf } from "../net/attach.ts";
import { guard } from "../net/firewall.ts";
import { forward } from "../net/forwarding.ts";
import { NetlinkError } from "../net/netlink/errors.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { openNetns } from "../net/netns.ts";
import { portSettings } from "../net/network.ts";
import { raiseNetwork, restNetwork, useNetwork } from "../net/network_store.ts";
import { describeObstacles } from "../net/obstacles.ts";
import { kernelSysctls } from "../net/sysctl.ts";
import type { Store } from "../runtime/store.ts";
import type { Attachment } from "./attachment.ts";
import {
  gatewaysOfSites,
  type Site,
  takeSite,
  type WayOut,
  waysOut,
} from "./site.ts";

/** Where a container is on its networks. */
export interface Place {
  /** In the order in which it is on its networks. */
  readonly sites: readonly Site[];
  /** The interfaces to be made, in the same order. */
  readonly endpoints: readonly Endpoint[];
  /** Where its default routes lead, one for each IP version that has one. */
  readonly out: readonly WayOut[];
  /** What was changed on the host, or is amiss, for the user to know. */
  readonly notices: readonly string[];
}

/**
 * Finds a container's place: addresses leased, networks brought up. The same
 * again for one that has a place. Where that fails, the networks that nobody
 * else uses are taken down again; the addresses stay the container's.
 *
 * @throws {NoSuchNetworkError | BridgeError | ExhaustedError |
 *   AddressUnavailableError | NetlinkError}
 */
export function takePlace(
  store: Store,
  container: string,
  attachments: readonly Attachment[],
): Place {
  try {
    return bringUp(store, container, attachments);
  } catch (error) {
    for (const { name } of attachments) rest(store, name, container);
    throw error;
  }
}

/** Takes a network down unless somebody else uses it. */
function rest(store: Store, network: string, container: string): void {
  try {
    restNetwork(store, network, container);
  } catch (error) {
    // What kept it from coming up, and is told, keeps it from going too.
    if (!(error instanceof NetlinkError)) throw error;
  }
}

function bringUp(
  store: Store,
  container: string,
  attachments: readonly Attachment[],
): Place {
  using socket = new NetlinkSocket("ROUTE");
  const raised = attachments.map((attachment) => {
    const network = useNetwork(store, attachment.name);
    // Before the bridge: nobody removes a network with a lease.
    const site = takeSite(store, container, network, attachment);
    return { site, ...raiseNetwork(store, socket, network) };
  });
  const networks = raised.map(({ network }) => network);
  if (networks.length > 0) guard(networks);
  // Bringing it up may have given the default network another interface.
  const sites = raised.map(({ site, network }) => ({ ...site, network }));
  const gateways = gatewaysOfSites(sites);
  const endpoints = sites.map((site, at): Endpoint => {
    const { network, attachment: { mac } } = site;
    return {
      bridge: raised[at]!.index,
      port: portOf(container, network.id),
      name: site.attachment.interface,
      addresses: site.addresses,
      gateways: gateways.get(site)!,
      ...(mac !== undefined && { mac }),
      ...portSettings(network),
    };
  });
  const notices = [
    ...raised.flatMap(({ notices }) => notices),
    // Only now: what is forwarded is guarded.
    ...networks.flatMap((network) => forward(network, kernelSysctls)),
    ...networks.flatMap((network) => describeObstacles(network)),
  ];
  return { sites, endpoints, out: waysOut(sites), notices };
}

/** Connects the container whose init is `pid`, as the host sees it. */
export function connect({ endpoints }: Place, pid: number): void {
  using netns = openNetns(pid);
  attach(netns, endpoints);
}
