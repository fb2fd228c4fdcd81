/**
 * What of the host's own firewall is in the way of a network, in words.
 *
 * @module
 */
import { openFilter } from "./firewall.ts";
import { familiesOf, type Network } from "./network.ts";
import type { Passage } from "./nftables/host_chains.ts";
import { listObstacles } from "./nftables/host_firewall.ts";

/** What is dropped at each hook. */
const DROPPED: Readonly<Record<Passage["hook"], string>> = {
  forward: "what network NAME forwards, published ports too",
  input: "what containers on network NAME ask rkl's DNS server, so that they " +
    "find no names",
};

/**
 * A line for each chain that may drop what a network sends or is sent, with the
 * command that helps. Nothing is changed: the host's firewall is its owner's.
 *
 * @throws {NetlinkError}
 */
export function describeObstacles(network: Network): string[] {
  using socket = openFilter();
  if (!socket) return [];
  const { name, interface: bridge, internal } = network;
  const families = familiesOf(network);
  const hooks = internal ? ["input"] as const : ["forward", "input"] as const;
  return hooks.flatMap((hook) =>
    listObstacles(socket, { hook, bridge, families })
      .map(({ chain: { family, table, name: chain }, remedy }) =>
        "the host's firewall may drop " +
        DROPPED[hook].replace("NAME", JSON.stringify(name)) +
        `: chain ${chain} of table ${family} ${table} drops what no rule ` +
        `accepts; to allow it: ${remedy}`
      )
  );
}
