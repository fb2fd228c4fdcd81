import assert from "node:assert/strict";
import type { Hook, ListedChain } from "./chain.ts";
import { findObstacles } from "./host_firewall.ts";

function chain(
  family: ListedChain["family"],
  hook?: Hook["hook"],
  policy: Hook["policy"] = "drop",
  table = "filter",
): ListedChain {
  const base = hook && { type: "filter", hook, priority: 0, policy } as const;
  return { family, table, name: "FORWARD", ...(base && { base }) };
}

Deno.test("a forward chain that drops is an obstacle, with a remedy", () => {
  const found = findObstacles([chain("ip", "forward")], "rkl0");
  assert.deepEqual(found, [{
    chain: chain("ip", "forward"),
    remedy: 'nft insert rule ip filter FORWARD iifname "rkl0" accept ' +
      `comment '"rkl rkl0"' && ` +
      'nft insert rule ip filter FORWARD oifname "rkl0" accept ' +
      `comment '"rkl rkl0"'`,
  }]);
});

Deno.test("chains that do not see the packets, or let them be, are none", () => {
  const chains = [
    chain("ip", "forward", "accept"),
    chain("ip", "input"),
    chain("bridge", "forward"),
    chain("inet"),
    chain("inet", "forward", "drop", "rkl"),
  ];
  assert.deepEqual(findObstacles(chains, "rkl0"), []);
});
