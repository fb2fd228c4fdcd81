/**
 * Which networks the host reaches or is part of, VPNs included.
 *
 * @module
 */
import { decodeAddress, listAddresses } from "./netlink/address.ts";
import { decodeRoute, listRoutes } from "./netlink/route.ts";
import type { NetlinkSocket } from "./netlink/socket.ts";
import { networkOf, type Prefix } from "./prefix.ts";

/**
 * The destinations of all routes, in every table, and the networks of all
 * addresses: those of a link that is down have no route.
 */
export function networksOfHost(socket: NetlinkSocket): Prefix[] {
  const routes = socket.dump(listRoutes()).map(decodeRoute);
  const addresses = socket.dump(listAddresses()).map(decodeAddress);
  return [
    ...routes.map(({ to }) => to),
    ...addresses.map(({ prefix }) => networkOf(prefix)),
  ];
}
