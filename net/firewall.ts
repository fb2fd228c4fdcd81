/**
 * rkl's table and the networks whose bridges it guards.
 *
 * @module
 */
import {
  addNetworks,
  readRuleset,
  removeNetworks,
  removeRuleset,
  replaceRuleset,
} from "./nftables/firewall.ts";
import { lockHostNetwork } from "./host_lock.ts";
import { isIntact } from "./nftables/watch.ts";
import { NetlinkError } from "./netlink/errors.ts";
import type { Description, NetworkRules } from "./nftables/description.ts";
import { mend } from "./nftables/mend.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Network, rulesOf } from "./network.ts";

/**
 * Puts networks into rkl's table, which is made, or made whole again, where it
 * has to be. What else is in it stays, be it another store's.
 *
 * @throws {NetlinkError} when the kernel refuses
 * @throws {Error} when it has no nf_tables
 */
export function guard(networks: readonly Network[]): void {
  using socket = openFilter();
  if (!socket) {
    throw new Error(
      "cannot guard the container's network: the kernel has no nf_tables " +
        "(CONFIG_NF_TABLES); --network host and --network none do without",
    );
  }
  // Who has to make the table anew reads first what is in it.
  using _lock = lockHostNetwork();
  const rules = networks.map(rulesOf);
  if (isIntact(socket)) {
    for (const rule of rules) addUnlessThere(socket, rule);
    return;
  }
  const there = readRuleset(socket);
  const others = (there?.networks ?? []).filter(({ bridge }) =>
    !rules.some((rule) => rule.bridge === bridge)
  );
  replaceRuleset(socket, {
    networks: [...others, ...rules],
    ports: there?.ports ?? [],
  });
}

/** What rkl's table says of a network does not change, and is there as a whole. */
function addUnlessThere(socket: NetlinkSocket, rule: NetworkRules): void {
  try {
    addNetworks(socket, [rule]);
  } catch (error) {
    if (!(error instanceof NetlinkError && error.code === "EEXIST")) {
      throw error;
    }
  }
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
  try {
    return new NetlinkSocket("NETFILTER");
  } catch (error) {
    const missing = error instanceof SyscallError &&
      error.code === "EPROTONOSUPPORT";
    if (!missing) throw error;
    return undefined;
  }
}
