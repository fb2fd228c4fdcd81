/**
 * The bridge of a network in the kernel: brought up and taken away.
 *
 * It is whole once it is up, so that a look at it is enough; what was cut short
 * before is made good by the next. Its note for people says whose it is.
 *
 * @module
 */
import type { Family } from "./address.ts";
import { networksOfHost } from "./host_networks.ts";
import { lockHostNetwork } from "./host_lock.ts";
import { findInterface, macFor, noteOf } from "./bridge_look.ts";
import { addAddress } from "./netlink/address.ts";
import { addBridge } from "./netlink/bridge.ts";
import { hasCode, NetlinkError, tolerate } from "./netlink/errors.ts";
import { deleteLink, type Link, setLink } from "./netlink/link.ts";
import { askKind } from "./netlink/link_kind.ts";
import type { Request } from "./netlink/message.ts";
import type { NetlinkSocket } from "./netlink/socket.ts";
import {
  familiesOf,
  gatewaysOf,
  type Network,
  type NetworkVlan,
  prefixesOf,
} from "./network.ts";
import {
  BridgeError,
  InterfaceTakenError,
  NetworkError,
} from "./network_error.ts";
import { formatPrefix } from "./prefix.ts";
import { findConflicts } from "./subnet.ts";
import {
  ensureSetting,
  FixedSettingError,
  kernelSysctls,
  type Sysctls,
} from "./sysctl.ts";
import {
  addVlanInterface,
  completeVlanInterface,
  findVlanBridge,
  removeVlanBridge,
} from "./vlan_bridge.ts";

/** A bridge that is up. */
export interface RaisedBridge {
  /** Of the bridge, which is not the network's interface if it has VLANs. */
  readonly index: number;
  /** What is amiss, for the user to know. */
  readonly notices: readonly string[];
}

/**
 * Brings up the bridge of a network in the network namespace of the calling
 * thread, which is the socket's too. What is there already is left alone.
 *
 * @throws {InterfaceTakenError} when its name is somebody else's
 * @throws {BridgeError}
 */
export function raiseBridge(
  socket: NetlinkSocket,
  network: Network,
  sysctls: Sysctls = kernelSysctls,
): RaisedBridge {
  try {
    const found = findInterface(socket, network);
    const notices = found ? [] : describeOverlaps(socket, network);
    const { index } = network.vlan
      ? raiseVlan(socket, network, network.vlan, sysctls, found)
      : raiseWhole(socket, network, sysctls, found);
    return { index, notices };
  } catch (error) {
    if (error instanceof NetworkError && !(error instanceof BridgeError)) {
      throw new BridgeError(network, error.message, { cause: error });
    }
    if (error instanceof FixedSettingError) {
      throw new BridgeError(network, error.message, { cause: error });
    }
    if (!(error instanceof NetlinkError)) throw error;
    const reason = REASONS.get(error.code) ?? error.message;
    throw new BridgeError(network, reason, { cause: error });
  }
}

/** A bridge that is the network's alone. */
function raiseWhole(
  socket: NetlinkSocket,
  network: Network,
  sysctls: Sysctls,
  found: Link | undefined,
): Link {
  const link = found ?? add(socket, network);
  if (!link.up) complete(socket, network, link, sysctls);
  return link;
}

/** A bridge that is shared, once the network's interface on it is whole. */
function raiseVlan(
  socket: NetlinkSocket,
  network: Network,
  vlan: NetworkVlan,
  sysctls: Sysctls,
  found: Link | undefined,
): Link {
  const bridge = findVlanBridge(socket, vlan);
  if (found?.up && bridge?.up) return bridge;
  using _lock = lockHostNetwork();
  complete(socket, network, add(socket, network), sysctls);
  return findVlanBridge(socket, vlan)!;
}

/**
 * Removes the bridge of a network, if it is there and is the network's. Says
 * whether it was.
 *
 * @throws {NetlinkError} when the kernel refuses
 */
export function lowerBridge(socket: NetlinkSocket, network: Network): boolean {
  try {
    using _lock = network.vlan && lockHostNetwork();
    const link = findInterface(socket, network);
    if (link) socket.request(deleteLink(link.index));
    if (network.vlan) removeVlanBridge(socket, network.vlan);
    return link !== undefined;
  } catch (error) {
    if (error instanceof InterfaceTakenError) return false;
    // Another process was first.
    if (hasCode(error, "ENODEV")) return false;
    throw error;
  }
}

const WITHOUT = "; --network host and --network none work without";

/** What an errno means here, and what helps. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["EOPNOTSUPP", "the kernel has no bridges (CONFIG_BRIDGE)" + WITHOUT],
  [
    "EPERM",
    "it takes CAP_NET_ADMIN in this network namespace, which root has" +
    WITHOUT,
  ],
]);

/**
 * Makes the bridge unless another process has done so meanwhile. It is of no
 * use where nothing can be connected to it.
 */
function add(socket: NetlinkSocket, network: Network): Link {
  const refusal = askKind(socket, "veth");
  if (refusal instanceof NetlinkError) {
    if (refusal.code !== "EOPNOTSUPP") throw refusal;
    const reason = "the kernel has no veth pairs (CONFIG_VETH)" + WITHOUT;
    throw new BridgeError(network, reason, { cause: refusal });
  }
  const { interface: name, mtu } = network;
  const link = {
    name,
    mac: macFor(network),
    ...(mtu !== undefined && { mtu }),
  };
  if (network.vlan) addVlanInterface(socket, network.vlan, link);
  else unlessThere(socket, [addBridge(link)]);
  const made = findInterface(socket, network);
  if (made) return made;
  throw new BridgeError(network, "it was removed while it was being made");
}

/** Does to a bridge what makes it whole, in any state but up. */
function complete(
  socket: NetlinkSocket,
  network: Network,
  { index }: Link,
  sysctls: Sysctls,
): void {
  const families = familiesOf(network);
  guard(network, families, sysctls);
  unlessThere(socket, [
    setLink(index, { alias: noteOf(network) }),
    ...gatewaysOf(network).map((prefix) => addAddress(index, prefix)),
  ]);
  if (network.vlan) {
    completeVlanInterface(socket, network.vlan, network.interface);
  }
  socket.request(setLink(index, { up: true }));
}

/**
 * A container may claim to be a router, which the host is not to believe; and
 * without IPv6 on the network, it is not to reach the host by IPv6.
 */
function guard(
  network: Network,
  families: readonly Family[],
  sysctls: Sysctls,
): void {
  const directory = `ipv6/conf/${network.interface}`;
  if (sysctls.read(`${directory}/accept_ra`) === undefined) {
    if (!families.includes(6)) return;
    throw new BridgeError(
      network,
      "the network has IPv6 and the kernel has not; make one without",
    );
  }
  const settings = {
    accept_ra: "0",
    disable_ipv6: families.includes(6) ? "0" : "1",
  };
  for (const [name, value] of Object.entries(settings)) {
    ensureSetting(sysctls, {
      path: `${directory}/${name}`,
      value,
      who: "it",
      helps: `set net.ipv6.conf.default.${name}=${value} on the host before`,
    });
  }
}

/** Carries requests out; what they make may be there already. */
function unlessThere(socket: NetlinkSocket, requests: Request[]): void {
  tolerate(socket.tryBatch(requests), "EEXIST");
}

/** Routes of the host that came after the network was made, as VPNs do. */
function describeOverlaps(socket: NetlinkSocket, network: Network): string[] {
  const host = networksOfHost(socket);
  const overlaps = prefixesOf(network).flatMap((subnet) => {
    const [other] = findConflicts(subnet, host);
    if (!other) return [];
    return [
      `network "${network.name}" (${formatPrefix(subnet)}) overlaps ` +
      `${formatPrefix(other)}, where the host has an address or a route: ` +
      "what is there may be out of reach; remove the network and make it anew",
    ];
  });
  // What another process brings up at this moment is the network itself.
  return overlaps.length > 0 && findInterface(socket, network) ? [] : overlaps;
}
