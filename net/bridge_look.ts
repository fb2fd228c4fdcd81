/**
 * Looking for the bridge of a network in the kernel.
 *
 * @module
 */
import { macOf } from "./mac.ts";
import { findLink } from "./netlink/find_link.ts";
import type { Link } from "./netlink/link.ts";
import type { NetlinkSocket } from "./netlink/socket.ts";
import { gatewaysOf, type Network } from "./network.ts";
import { InterfaceTakenError } from "./network_error.ts";

/**
 * The index of a network's bridge, if it is up and the network's alone. It is
 * whole then.
 */
export function findWhole(
  socket: NetlinkSocket,
  network: Network,
): number | undefined {
  const link = network.vlan ? undefined : findLink(socket, network.interface);
  const isOurs = link?.kind === "bridge" && link.alias === noteOf(network);
  return isOurs && link.up ? link.index : undefined;
}

/**
 * The network's bridge, or its interface on one that it shares, whole or not.
 *
 * @throws {InterfaceTakenError} when there is another interface of its name
 */
export function findInterface(
  socket: NetlinkSocket,
  network: Network,
): Link | undefined {
  const link = findLink(socket, network.interface);
  if (!link) return undefined;
  const { kind, alias, up, mac } = link;
  const isHalfMade = alias === undefined && !up && mac === macFor(network);
  const wanted = network.vlan ? "veth" : "bridge";
  if (kind === wanted && (alias === noteOf(network) || isHalfMade)) {
    return link;
  }
  const note = alias === undefined ? "" : ` ("${alias}")`;
  throw new InterfaceTakenError(
    network,
    `there is ${kind === "bridge" ? "a bridge" : "an interface"} of that ` +
      `name${note} which is not this network's; remove it if nobody needs it`,
  );
}

/** The bridge's MAC: it would change with the ports if it had none. */
export function macFor(network: Network): string {
  return macOf(gatewaysOf(network)[0]!.address);
}

/** Tells the bridge from those of other networks and other programs. */
export function noteOf({ name, id }: Network): string {
  return `rkl network ${name} ${id}`;
}
