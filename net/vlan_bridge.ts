/**
 * Bridges that keep VLANs apart, and that networks with different VLANs share.
 *
 * Such a bridge has no address, and is in no VLAN itself. The host's place in a
 * VLAN is a veth pair: one end is an access port like a container's, the other
 * has the gateway's addresses and is the interface of the network,
 * `BRIDGE.VLAN`. (That is how the bridge plugin of CNI has it. An address on the
 * bridge itself would be in one VLAN, of one network.) What passes between VLANs
 * is routed between two interfaces, so the packet filter keeps the networks
 * apart as it does others.
 *
 * Changes are made under the lock of the host's network: who removes the last
 * network of a bridge removes the bridge.
 *
 * @module
 */
import { fnv1a } from "../sys/hash.ts";
import { addBridge } from "./netlink/bridge.ts";
import { hasCode, tolerate } from "./netlink/errors.ts";
import { findLink, readLink } from "./netlink/find_link.ts";
import {
  addVeth,
  decodeLink,
  deleteLink,
  type Link,
  listLinks,
  setLink,
} from "./netlink/link.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { inNetns, newNetns } from "./netns.ts";
import type { NetworkVlan } from "./network.ts";
import { NetworkError } from "./network_error.ts";
import { joinVlans, leaveVlans } from "./vlan.ts";

/** The note on such a bridge. */
const NOTE = "rkl VLANs";

/** The kernel cannot keep VLANs apart. */
export class NoVlansError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "NoVlansError";

  /** Says what works without. */
  constructor(options?: ErrorOptions) {
    super(
      "cannot keep VLANs apart: the kernel has no " +
        "CONFIG_BRIDGE_VLAN_FILTERING (nor, maybe, CONFIG_VLAN_8021Q, which " +
        "that takes); networks without a VLAN work, each has a bridge of its " +
        "own and nothing passes between them",
      options,
    );
  }
}

/** An interface that has a bridge's name and is not rkl's. */
export class ForeignBridgeError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "ForeignBridgeError";
}

/**
 * Makes sure that the kernel keeps VLANs apart, before there is anything that
 * relies on it. Nothing is left of the attempt: it is made where nobody is.
 *
 * @throws {NoVlansError}
 * @throws {NetlinkError} for what else stands in the way
 */
export function checkVlanFiltering(): void {
  using nowhere = newNetns();
  using socket = inNetns(nowhere, () => new NetlinkSocket("ROUTE"));
  socket.request(addBridge({ name: "plain" }));
  explainLack(() =>
    socket.request(addBridge({ name: "rkl" }, { vlanFiltering: true }))
  );
}

/** Whether {@linkcode checkVlanFiltering} finds nothing amiss. */
export function filtersVlans(): boolean {
  try {
    checkVlanFiltering();
    return true;
  } catch (error) {
    if (error instanceof NoVlansError) return false;
    throw error;
  }
}

/**
 * Makes the host's place in a VLAN, or what is missing of it: the bridge, and
 * the pair whose free end is `link`.
 *
 * @throws {NoVlansError}
 * @throws {ForeignBridgeError}
 * @throws {NetlinkError}
 */
export function addVlanInterface(
  socket: NetlinkSocket,
  vlan: NetworkVlan,
  link: { name: string; mac: string; mtu?: number },
): void {
  const { index } = findVlanBridge(socket, vlan) ?? addVlanBridge(socket, vlan);
  const port = hostPort(link.name);
  const mtu = link.mtu === undefined ? {} : { mtu: link.mtu };
  tolerate(
    socket.tryBatch([addVeth({ name: port, ...mtu }, link)]),
    "EEXIST",
  );
  socket.request(setLink(port, { master: index }));
}

/** Puts the host's port into its VLAN, and the bridge's and its link up. */
export function completeVlanInterface(
  socket: NetlinkSocket,
  { bridge: name, host }: NetworkVlan,
  link: string,
): void {
  const bridge = findLink(socket, name);
  const port = findLink(socket, hostPort(link));
  if (!bridge || port?.master !== bridge.index) {
    throw new NetworkError(
      `${link} is not connected to ${name}; remove it, and it is made anew`,
    );
  }
  explainLack(() => {
    joinVlans(socket, port.index, { access: host });
    leaveVlans(socket, bridge.index);
  });
  socket.batch([
    setLink(port.index, { up: true }),
    setLink(bridge.index, { alias: NOTE }), // before it is up: see isOurs()
    setLink(bridge.index, { up: true }),
  ]);
}

/**
 * Removes the bridge unless a network has its interface on it. Ports of others
 * are let go.
 *
 * @throws {NetlinkError}
 */
export function removeVlanBridge(
  socket: NetlinkSocket,
  vlan: NetworkVlan,
): void {
  const bridge = findLink(socket, vlan.bridge);
  if (!bridge || !isOurs(bridge, vlan)) return;
  const links = socket.dump(listLinks()).map(decodeLink);
  const used = links.some(({ name, kind }) =>
    kind === "veth" && name.startsWith(`${vlan.bridge}.`)
  );
  if (!used) socket.request(deleteLink(bridge.index));
}

/**
 * The bridge, if it is there.
 *
 * @throws {ForeignBridgeError}
 */
export function findVlanBridge(
  socket: NetlinkSocket,
  vlan: NetworkVlan,
): Link | undefined {
  const link = findLink(socket, vlan.bridge);
  if (!link || isOurs(link, vlan)) return link;
  const what = link.kind === "bridge" ? "a bridge" : "an interface";
  throw new ForeignBridgeError(
    `there is ${what} ${vlan.bridge} that is not rkl's; remove it if nobody ` +
      "needs it",
  );
}

function addVlanBridge(socket: NetlinkSocket, vlan: NetworkVlan): Link {
  const { bridge: name } = vlan;
  explainLack(() =>
    socket.request(
      addBridge({ name, mac: macFor(name) }, { vlanFiltering: true }),
    )
  );
  return readLink(socket, name);
}

/** Whether it is rkl's, or what somebody who was killed half made. */
function isOurs(
  { kind, alias, mac, up }: Link,
  { bridge }: NetworkVlan,
): boolean {
  const isHalfMade = alias === undefined && !up && mac === macFor(bridge);
  return kind === "bridge" && (alias === NOTE || isHalfMade);
}

/** Its own for each name, so that a half-made one is known. */
function macFor(name: string): string {
  return "02:42" + fnv1a(name).replaceAll(/../g, ":$&");
}

/** The name of the end that is a port of the bridge. */
function hostPort(name: string): string {
  return `veth${fnv1a(name)}`;
}

function explainLack(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!hasCode(error, "EOPNOTSUPP")) throw error;
    throw new NoVlansError({ cause: error });
  }
}
