import assert from "node:assert/strict";
import type { Hook, ListedChain } from "./chain.ts";
import type { Passage } from "./host_chains.ts";
import { asObstacle } from "./host_firewall.ts";
import type { ListedRule } from "./rule.ts";

const FORWARD: Passage = { hook: "forward", bridge: "rkl0", families: [4] };

function chain(
  family: ListedChain["family"],
  hook?: Hook["hook"],
  policy: Hook["policy"] = "drop",
  table = "filter",
): ListedChain {
  const base = hook && { type: "filter", hook, priority: 0, policy } as const;
  return { family, table, name: "CHAIN", ...(base && { base }) };
}

function rule(fields: Partial<ListedRule>): ListedRule {
  return {
    table: "filter",
    chain: "CHAIN",
    handle: 1n,
    expressions: [],
    dropsAll: false,
    ...fields,
  };
}

Deno.test("a forward chain that drops is an obstacle, with a remedy", () => {
  const found = asObstacle(chain("ip", "forward"), [], FORWARD);
  assert.deepEqual(found, {
    chain: chain("ip", "forward"),
    remedy: `nft insert rule ip filter CHAIN 'iifname "rkl0"' accept ` +
      `comment '"rkl rkl0"' && ` +
      `nft insert rule ip filter CHAIN 'oifname "rkl0"' accept ` +
      `comment '"rkl rkl0"'`,
  });
});

Deno.test("an input chain that drops keeps questions of DNS from the host", () => {
  const passage: Passage = { ...FORWARD, hook: "input" };
  assert.equal(
    asObstacle(chain("inet", "input"), [], passage)?.remedy,
    `nft insert rule inet filter CHAIN 'iifname "rkl0" meta l4proto ` +
      `{ tcp, udp } th dport 53' accept comment '"rkl rkl0"'`,
  );
});

Deno.test("a rule that nothing gets past is an obstacle, in its own chain", () => {
  const accepting = chain("ip", "forward", "accept");
  const found = (rules: ListedRule[]) =>
    asObstacle(accepting, rules, FORWARD) !== undefined;
  assert.ok(found([rule({}), rule({ dropsAll: true })]));
  assert.ok(!found([rule({})]));
  assert.ok(!found([rule({ dropsAll: true, chain: "other" })]));
  const remedy = rule({ comment: "rkl rkl0" });
  assert.ok(!found([remedy, rule({ dropsAll: true })]));
});

Deno.test("chains that do not see the packets, or let them be, are none", () => {
  const chains = [
    chain("ip", "forward", "accept"),
    chain("ip", "input"),
    chain("ip6", "forward"),
    chain("bridge", "forward"),
    chain("inet"),
    chain("inet", "forward", "drop", "rkl"),
  ];
  for (const one of chains) {
    assert.equal(asObstacle(one, [], FORWARD), undefined);
  }
  const six: Passage = { ...FORWARD, families: [4, 6] };
  assert.ok(asObstacle(chain("ip6", "forward"), [], six));
});
