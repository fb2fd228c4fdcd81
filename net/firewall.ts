/**
 * rkl's table and the networks whose bridges it guards.
 *
 * @module
 */
import {
  readRuleset,
  removeNetworks,
  removeRuleset,
} from "./nftables/firewall.ts";
import { lockHostNetwork } from "./host_lock.ts";
import { compareElements } from "./nftables/compare.ts";
import { networkElements } from "./nftables/contents.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { ifSupported } from "../sys/netlink.ts";
import { type Network, rulesOf } from "./network.ts";

/**
 * Whether rkl's table has these networks. Whether it is whole, too, is for the
 * daemon to see, or for `guard()`.
 *
 * @throws {SyscallError} EPROTONOSUPPORT when the kernel has no packet filter
 */
export function isGuarded(networks: readonly Network[]): boolean {
  using socket = new NetlinkSocket("NETFILTER");
  const wanted = networks.map(rulesOf).flatMap(networkElements);
  return compareElements(socket, wanted).missing.length === 0;
}

/** Takes a network out of rkl's table, and the table away with the last one. */
export function unguard({ interface: bridge }: Network): void {
  using socket = openFilter();
  if (!socket) return;
  using _lock = lockHostNetwork();
  const there = readRuleset(socket);
  if (!there) return;
  const last = there.networks.every((network) => network.bridge === bridge);
  if (last) removeRuleset(socket);
  else removeNetworks(socket, [bridge]);
}

/** Undefined where the kernel has no packet filter to speak to. */
export function openFilter(): NetlinkSocket | undefined {
  return ifSupported(() => new NetlinkSocket("NETFILTER"));
}
