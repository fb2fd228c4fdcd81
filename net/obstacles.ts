/**
 * What of the host's own firewall is in the way of a network, in words.
 *
 * @module
 */
import { openFilter } from "./firewall.ts";
import type { Network } from "./network.ts";
import { listObstacles } from "./nftables/host_firewall.ts";

/**
 * A line for each chain that may drop what a network sends or is sent, with the
 * command that helps. Nothing is changed: the host's firewall is its owner's.
 *
 * @throws {NetlinkError}
 */
export function describeObstacles(network: Network): string[] {
  if (network.internal) return [];
  using socket = openFilter();
  if (!socket) return [];
  return listObstacles(socket, network.interface).map(({ chain, remedy }) =>
    `the host's firewall may drop what network "${network.name}" forwards, ` +
    `published ports too: chain ${chain.name} of table ${chain.family} ` +
    `${chain.table} drops what no rule accepts; to allow it: ${remedy}`
  );
}
