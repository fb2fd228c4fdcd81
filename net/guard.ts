/**
 * Seeing to it that rkl's table is whole and guards networks.
 *
 * @module
 */
import { openFilter } from "./firewall.ts";
import { lockHostNetwork } from "./host_lock.ts";
import type { Description } from "./nftables/description.ts";
import { mend } from "./nftables/mend.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { type Network, rulesOf } from "./network.ts";

/**
 * Puts networks into rkl's table, which is made, or made whole again, where it
 * has to be. What else is in it stays, be it another store's.
 *
 * @throws {NetlinkError} when the kernel refuses
 * @throws {SyscallError} EPROTONOSUPPORT when it has no packet filter
 */
export function guard(networks: readonly Network[]): void {
  using socket = new NetlinkSocket("NETFILTER");
  using _lock = lockHostNetwork();
  mend(socket, { networks: networks.map(rulesOf), ports: [] });
}

/**
 * Puts back what others took out of rkl's table. Returns whether there was
 * anything. `wanted` says under the lock what has to be there.
 *
 * @throws {NetlinkError} when the kernel refuses
 */
export function restore(wanted: () => Description): boolean {
  using socket = openFilter();
  if (!socket) return false;
  using _lock = lockHostNetwork();
  const description = wanted();
  const { networks, ports } = description;
  if (networks.length + ports.length === 0) return false;
  return mend(socket, description);
}
