/**
 * Connecting a container to a network and disconnecting it, while it runs and
 * while it does not. Its record says which networks it is on; where rkl is
 * killed in between, the next start or the same command again makes it so.
 *
 * @module
 */
import {
  attach,
  detach,
  isAttached,
  portOf,
  routeOut,
} from "../../net/attach.ts";
import { inNetns } from "../../net/netns.ts";
import { decodeLink, listLinks } from "../../net/netlink/link.ts";
import { NetlinkSocket } from "../../net/netlink/socket.ts";
import type { Network } from "../../net/network.ts";
import { useNetwork } from "../../net/network_making.ts";
import {
  findNetwork,
  isNetwork,
  tryFindNetwork,
  usersOf,
} from "../../net/network_store.ts";
import { PORT_RULES } from "../../net/port_rules.ts";
import type { Fd } from "../../sys/fd.ts";
import { StatusError } from "../../runtime/refusals.ts";
import { NoSuchContainerError, type Store } from "../../runtime/store.ts";
import { type Attachment, freeInterface } from "./attachment.ts";
import { ConnectError } from "./connect_error.ts";
import { note, ofNetwork } from "../journal/journal.ts";
import { updateNames } from "./names.ts";
import { takePlace } from "./network.ts";
import { tellDaemon } from "../daemon_poke.ts";
import {
  findSites,
  gatewaysOfSites,
  leaveNetworks,
  namesSites,
  type Site,
  takeSite,
  waysOut,
} from "./site.ts";
import { tryOpenNetnsOf } from "./ending.ts";
import { findLocked } from "../find.ts";
import type { ContainerId } from "../id.ts";
import { resolveId } from "../name_index.ts";
import {
  type Container,
  containerDirectory,
  hasPorts,
  writeContainer,
} from "../store.ts";

/** What a container is to be on a network. */
export type ConnectWishes = Partial<Omit<Attachment, "name">>;

/**
 * Puts a container on one more network. One that runs has the interface at
 * once; the others when they start.
 *
 * @throws {NoSuchContainerError | NoSuchNetworkError | ConnectError |
 *   AddressUnavailableError | ExhaustedError | BridgeError | NetlinkError} and
 *   it is on the networks it was on then
 */
export async function connectContainer(
  store: Store,
  name: string,
  networkName: string,
  wishes: ConnectWishes = {},
  warn: (message: string) => void = () => {},
): Promise<void> {
  await refuseCni(store, name, "connect", networkName);
  using held = await hold(store, name, "connect", networkName);
  const { container, attachments, netns } = held;
  const { id } = container;
  const network = useNetwork(store, networkName);
  const port = portOf(id, network.id);
  const known = attachments.find((one) => one.name === networkName);
  // Else it was recorded by somebody who was killed before it was made.
  if (
    known && (!netns || isAttached(netns, { port, name: known.interface }))
  ) {
    // What follows from it may have been cut short, too.
    const rest = attachments.filter((one) => one !== known);
    const sites = findSites(store, id, attachments);
    if (netns) leadOut(netns, sites);
    await adapt(store, held, findSites(store, id, rest), sites);
    if (netns) await tellDaemon(store, warn);
    throw new ConnectError("connect", name, networkName, "it is on it already");
  }
  const others = attachments.filter((one) => one !== known);
  const attachment = known ?? attachmentFor(held, networkName, wishes);
  const all = known ? attachments : [...others, attachment];
  record(store, container, all);
  try {
    const before = findSites(store, id, others);
    const after = netns
      ? await joinLive(store, id, all, { attachment, netns, warn })
      : [...before, takeSite(store, id, network, attachment)];
    await adapt(store, held, before, after);
  } catch (error) {
    detach(port);
    record(store, container, others);
    try {
      // Some of what follows may have been done.
      const rest = findSites(store, id, others);
      await adapt(store, held, findSites(store, id, all), rest);
    } finally {
      leaveNetworks(store, id, [attachment]);
    }
    throw error;
  }
  note(store, ofNetwork(network, "connect", { container: id }), warn);
  if (netns) await tellDaemon(store, warn);
}

/**
 * Takes a container off a network. Where its default route led there, the next
 * network it is on leads out.
 *
 * @param options With `force`, what is left of a container or a network that is
 * gone is removed, too.
 * @throws {NoSuchContainerError | NoSuchNetworkError | ConnectError |
 *   NetlinkError}
 */
export async function disconnectContainer(
  store: Store,
  name: string,
  networkName: string,
  { force = false }: { force?: boolean } = {},
  warn: (message: string) => void = () => {},
): Promise<void> {
  await refuseCni(store, name, "disconnect", networkName);
  const network = force
    ? tryFindNetwork(store, networkName)
    : findNetwork(store, networkName);
  try {
    using held = await hold(store, name, "disconnect", networkName);
    const { container, attachments, netns } = held;
    const { id } = container;
    const rest = attachments.filter((one) => one.name !== networkName);
    // Else somebody was killed before its addresses were given back.
    const isOff = !network || !hasAddresses(store, id, network);
    if (rest.length === attachments.length && isOff) {
      throw new ConnectError(
        "disconnect",
        name,
        networkName,
        "it is not on it",
      );
    }
    const before = findSites(store, id, attachments);
    const after = before.filter(({ attachment }) => rest.includes(attachment));
    if (netns) {
      if (network) detach(portOf(id, network.id));
      leadOut(netns, after);
    }
    await adapt(store, held, before, after);
    record(store, container, rest);
    if (network) {
      note(store, ofNetwork(network, "disconnect", { container: id }), warn);
    }
    if (netns) await tellDaemon(store, warn);
  } catch (error) {
    if (!force || !(error instanceof NoSuchContainerError)) throw error;
  }
  // With force it may be the id of one that is gone.
  const id = resolveId(store, name) ?? name as ContainerId;
  leaveNetworks(store, id, [{ name: networkName }]);
}

function hasAddresses(
  store: Store,
  id: ContainerId,
  network: Network,
): boolean {
  return usersOf(store, network).some(({ owner }) => owner === id);
}

async function refuseCni(
  store: Store,
  name: string,
  action: "connect" | "disconnect",
  network: string,
): Promise<void> {
  if (isNetwork(store, network)) return;
  const { isCniNetwork } = await import("./cni.ts");
  if (!isCniNetwork(store, network)) return;
  const reason = "it is a network of CNI, which a container is on from its " +
    "start to its end; make it anew with other networks";
  throw new ConnectError(action, name, network, reason);
}

/** A container whose networks nobody else changes, starts or deletes. */
interface Held extends Disposable {
  readonly container: Container;
  /** The networks it is on. */
  readonly attachments: readonly Attachment[];
  /** Its namespace, once its networks have been connected. */
  readonly netns: Fd | undefined;
  /** Whether its files are mounted. */
  readonly isAlive: boolean;
}

async function hold(
  store: Store,
  name: string,
  action: "connect" | "disconnect",
  network: string,
): Promise<Held> {
  using stack = new DisposableStack();
  const locked = stack.use(await findLocked(store, name));
  const { container, status, record } = locked;
  if (status === "creating") {
    throw new StatusError(action, name, status, "wait a moment");
  }
  const mode = container.network;
  if (mode?.kind !== "networks") {
    const reason = REASONS[mode?.kind ?? "namespace"];
    throw new ConnectError(action, name, network, reason);
  }
  const isConnected = status === "running" || status === "paused";
  const netns = isConnected ? tryOpenNetnsOf(record!.init!) : undefined;
  stack.use(netns);
  const held = stack.move();
  return {
    container,
    attachments: mode.networks,
    netns,
    isAlive: isConnected ? netns !== undefined : status !== "stopped",
    [Symbol.dispose]: () => held.dispose(),
  };
}

/** Why a container of another mode is on no network. */
const REASONS = {
  none: "it was made with --network none; make it anew with one",
  host: "it has the host's network; make it anew with one of its own",
  container: "it shares another container's network; connect that one",
  namespace: "its network namespace is not rkl's to change",
} as const;

function attachmentFor(
  { container, attachments, netns }: Held,
  network: string,
  { aliases = [], ...wishes }: ConnectWishes,
): Attachment {
  const taken = new Set(attachments.map((one) => one.interface));
  for (const name of netns ? interfacesIn(netns) : []) taken.add(name);
  const chosen = wishes.interface ?? freeInterface(taken);
  if (wishes.interface !== undefined && taken.has(chosen)) {
    const reason = `it has an interface ${chosen} already`;
    throw new ConnectError("connect", container.name, network, reason);
  }
  return { ...wishes, name: network, interface: chosen, aliases };
}

/** Its processes may have made some of their own. */
function interfacesIn(netns: Fd): string[] {
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  return socket.dump(listLinks()).map((message) => decodeLink(message).name);
}

/** Makes the interface of one of the attachments. */
async function joinLive(
  store: Store,
  id: ContainerId,
  attachments: readonly Attachment[],
  { attachment, netns, warn }: {
    attachment: Attachment;
    netns: Fd;
    warn: (message: string) => void;
  },
): Promise<readonly Site[]> {
  const own = attachments.filter((one) => isNetwork(store, one.name));
  const place = await takePlace(store, id, own, [attachment]);
  const { sites, endpoints, notices } = place;
  attach(netns, [endpoints[own.indexOf(attachment)]!], PORT_RULES);
  notices.forEach(warn);
  return sites;
}

function leadOut(netns: Fd, sites: readonly Site[]): void {
  const gateways = gatewaysOfSites(sites);
  routeOut(
    netns,
    sites.map((site) => ({
      name: site.attachment.interface,
      gateways: gateways.get(site)!,
    })),
  );
}

/** What follows in a container that has not ended from where it is now. */
async function adapt(
  store: Store,
  { container, isAlive }: Held,
  before: readonly Site[],
  after: readonly Site[],
): Promise<void> {
  if (!isAlive) return;
  updateNames(store, container, namesSites(before), namesSites(after));
  if (!hasPorts(store, container.id)) return;
  const { movePorts } = await import("./ports.ts");
  movePorts(store, container, waysOut(after));
}

function record(
  store: Store,
  container: Container,
  networks: readonly Attachment[],
): void {
  writeContainer(containerDirectory(store, container.id), {
    ...container,
    network: { kind: "networks", networks },
  });
}
