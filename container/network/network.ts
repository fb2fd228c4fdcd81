/**
 * A container's place on its networks: bridges that are up, addresses, and the
 * interfaces, once there is a namespace to put them in.
 *
 * Mostly the networks are up already, and then what brings them up is not even
 * loaded; see `network/up.ts`.
 *
 * @module
 */
import { attach, type Endpoint, needsRules, portOf } from "../../net/attach.ts";
import { findWhole } from "../../net/bridge_look.ts";
import { isGuarded, openFilter } from "../../net/firewall.ts";
import { forward } from "../../net/forwarding.ts";
import { NetlinkSocket } from "../../net/netlink/socket.ts";
import { type Network, portSettings } from "../../net/network.ts";
import { tryFindNetwork } from "../../net/network_store.ts";
import { hasHostChains } from "../../net/nftables/host_chains.ts";
import { kernelSysctls } from "../../net/sysctl.ts";
import type { Store } from "../../runtime/store.ts";
import type { ProcessId } from "../../sys/process.ts";
import type { Attachment } from "./attachment.ts";
import { tryOpenNetnsOf } from "./ending.ts";
import type { ContainerId } from "../id.ts";
import {
  gatewaysOfSites,
  type Site,
  tryTakeSite,
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

/** A container on a network that is up and guarded. */
export interface RaisedSite {
  readonly site: Site;
  /** Of the bridge. */
  readonly index: number;
  /** What is amiss, for the user to know. */
  readonly notices: readonly string[];
}

/**
 * Finds a container's place: addresses leased, networks brought up. The same
 * again for one that has a place. Where that fails, the networks that nobody
 * else uses are taken down again; the addresses stay the container's.
 *
 * @param fresh Those it is not connected to yet; the others stay up.
 * @throws {NoSuchNetworkError | BridgeError | ExhaustedError |
 *   AddressUnavailableError | NetlinkError}
 */
export async function takePlace(
  store: Store,
  container: ContainerId,
  attachments: readonly Attachment[],
  fresh = attachments,
): Promise<Place> {
  try {
    const place = tryTakePlace(store, container, attachments) ??
      (await import("./up.ts"))
        .raisePlace(store, container, attachments);
    const notices = await findObstacles(place.sites);
    return { ...place, notices: [...place.notices, ...notices] };
  } catch (error) {
    const { restNetworks } = await import("./up.ts");
    restNetworks(store, container, fresh);
    throw error;
  }
}

/**
 * The same where the networks are up; undefined where they are not. Whether the
 * packet filter is whole is for the daemon to see, or for
 * {@linkcode guardWhole}.
 */
export function tryTakePlace(
  store: Store,
  container: ContainerId,
  attachments: readonly Attachment[],
): Place | undefined {
  using socket = new NetlinkSocket("ROUTE");
  const raised: RaisedSite[] = [];
  for (const attachment of attachments) {
    const network = tryFindNetwork(store, attachment.name);
    if (!network) return undefined;
    // Before the bridge: nobody removes a network with a lease.
    const site = tryTakeSite(store, container, network, attachment);
    if (!site) return undefined;
    const index = findWhole(socket, network);
    if (index === undefined) return undefined;
    raised.push({ site, index, notices: [] });
  }
  const networks = raised.map(({ site }) => site.network);
  if (networks.length > 0 && !isGuarded(networks)) return undefined;
  return placeOf(container, raised);
}

/** Where a container is on networks that are up and guarded. */
export function placeOf(
  container: ContainerId,
  raised: readonly RaisedSite[],
): Place {
  const sites = raised.map(({ site }) => site);
  const gateways = gatewaysOfSites(sites);
  const endpoints = raised.map(({ site, index }): Endpoint => {
    const { network, attachment: { mac } } = site;
    return {
      bridge: index,
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
    ...sites.flatMap(({ network }) => forward(network, kernelSysctls)),
  ];
  return { sites, endpoints, out: waysOut(sites), notices };
}

/** What of the host's own firewall is in the way, in words. */
async function findObstacles(sites: readonly Site[]): Promise<string[]> {
  if (sites.length === 0 || !mayHaveObstacles()) return [];
  const { describeObstacles } = await import("../../net/obstacles.ts");
  return sites.flatMap(({ network }) => describeObstacles(network));
}

function mayHaveObstacles(): boolean {
  using socket = openFilter();
  return socket !== undefined && hasHostChains(socket);
}

/**
 * Puts networks into rkl's packet filter, and makes that whole. The daemon does
 * so before a program runs; where there is none, somebody else has to.
 *
 * @throws {NetlinkError}
 */
export async function guardWhole(networks: readonly Network[]): Promise<void> {
  const { guard } = await import("../../net/guard.ts");
  guard(networks);
}

/** Connects the container of an init. */
export async function connect(
  { endpoints }: Place,
  init: ProcessId,
): Promise<void> {
  const rules = endpoints.some(needsRules)
    ? (await import("../../net/port_rules.ts")).PORT_RULES
    : undefined;
  using netns = tryOpenNetnsOf(init);
  if (!netns) throw new Error("the container ended before it was connected");
  attach(netns, endpoints, rules);
}
