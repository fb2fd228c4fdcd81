import assert from "node:assert/strict";
import { parseAddress } from "../address.ts";
import { parsePrefix } from "../prefix.ts";
import { describe } from "./describe.ts";
import type { Description } from "./description.ts";
import { formatPlan, type Plan } from "./plan.ts";
import { portElements } from "./contents.ts";
import { planRuleset } from "./ruleset.ts";

const EMPTY: Description = { networks: [], ports: [] };

/** Everything at once, in the order in which it is read back. */
const ALL: Description = {
  networks: [
    {
      bridge: "rkl-open",
      prefixes: [parsePrefix("10.92.0.0/24")],
      masquerade: false,
    },
    {
      bridge: "rkl-shut",
      prefixes: [],
      internal: true,
      isolate: true,
      apart: true,
    },
    {
      bridge: "rkl0",
      prefixes: [parsePrefix("10.88.0.0/16"), parsePrefix("fd00:88::/64")],
    },
  ],
  ports: [
    {
      owner: "web",
      protocol: "tcp",
      hostPort: 8080,
      address: parseAddress("10.88.0.2"),
      port: 80,
    },
    {
      owner: "dns",
      protocol: "udp",
      hostAddress: parseAddress("127.0.0.1"),
      hostPort: 53,
      address: parseAddress("10.88.0.3"),
      port: 5353,
    },
    {
      owner: "some",
      protocol: "tcp",
      hostAddress: parseAddress("192.0.2.1"),
      hostPort: 443,
      address: parseAddress("10.88.0.2"),
      port: 443,
      from: [parsePrefix("10.0.0.0/8"), parsePrefix("198.51.100.7/32")],
    },
    {
      owner: "web",
      protocol: "sctp",
      hostPort: 8080,
      address: parseAddress("fd00:88::2"),
      port: 80,
    },
    {
      owner: "local",
      protocol: "tcp",
      hostAddress: parseAddress("::1"),
      hostPort: 8081,
      address: parseAddress("fd00:88::2"),
      port: 80,
    },
    {
      owner: "some",
      protocol: "udp",
      hostPort: 443,
      address: parseAddress("fd00:88::2"),
      port: 443,
      from: [parsePrefix("fd00::/8")],
    },
  ],
};

Deno.test("what a ruleset is made from can be read from its elements", () => {
  const elements = elementsOf(planRuleset(ALL));
  assert.deepEqual(describe((set) => elements.get(set) ?? []), ALL);
});

Deno.test("networks and ports add elements, but no rules", () => {
  const rest = (plan: Plan) => plan.filter(({ add }) => add !== "elements");
  assert.deepEqual(rest(planRuleset(ALL)), rest(planRuleset(EMPTY)));
  assert.deepEqual(rest(planRuleset(EMPTY)), planRuleset(EMPTY));
});

Deno.test("the table never accepts what another drops", () => {
  for (const addition of planRuleset(ALL)) {
    if (addition.add === "chain") {
      const { base } = addition.chain;
      assert(base === undefined || base.policy === "accept");
    }
    if (addition.add !== "rule") continue;
    const verbs = addition.rule.statements
      .flatMap((one) => "do" in one ? [one.do] : []);
    assert(!verbs.includes("accept"));
  }
});

Deno.test("a published port is one element, whoever has the address", () => {
  const text = (port: number) => {
    const [{ set, elements }] = portElements(ALL.ports[port]!) as [
      ReturnType<typeof portElements>[0],
    ];
    return formatPlan([{ add: "elements", set, elements }]).trimEnd();
  };
  const create = "create element inet rkl";
  assert.deepEqual([0, 1, 2, 5].map(text), [
    `${create} any4 { tcp . 8080 comment "web" : 10.88.0.2 . 80 }`,
    `${create} bound4 { udp . 127.0.0.1 . 53 comment "dns" : ` +
    "10.88.0.3 . 5353 }",
    `${create} limited4 { tcp . 10.0.0.0/8 . 192.0.2.1 . 443 ` +
    'comment "some" : 10.88.0.2 . 443, ' +
    "tcp . 198.51.100.7/32 . 192.0.2.1 . 443 " +
    'comment "some" : 10.88.0.2 . 443 }',
    `${create} limited6 { udp . fd00::/8 . ::/0 . 443 comment "some" : ` +
    "fd00:88::2 . 443 }",
  ]);
});

Deno.test("a port for clients of the other IP version is for nobody", () => {
  const port = { ...ALL.ports[0]!, from: [parsePrefix("fd00::/8")] };
  assert.deepEqual(portElements(port), []);
});

Deno.test("a ruleset is told as nft would read it", () => {
  const lines = formatPlan(planRuleset(EMPTY)).split("\n");
  const rules = lines.filter((line) => line.startsWith("add rule"))
    .map((line) => line.replace(/^add rule inet rkl | comment ".*"$/g, ""));
  const protocols = "meta l4proto { tcp, udp, sctp }";
  const publish = ([4, 6] as const).flatMap((family) => {
    const ip = family === 4 ? "ip" : "ip6";
    const to = `${protocols} dnat ${ip} to meta l4proto .`;
    return [
      `publish ${to} ${ip} daddr . th dport map @bound${family}`,
      `publish meta nfproto ipv${family} ${to} th dport map @any${family}`,
      `publish ${to} ${ip} saddr . ${ip} daddr . th dport ` +
      `map @limited${family}`,
    ];
  });
  assert.deepEqual(rules, [
    "raw ip daddr 127.0.0.0/8 iifname @bridges counter drop",
    ...publish,
    'prerouting ip daddr 127.0.0.0/8 iifname != "lo" return',
    "prerouting fib daddr type local jump publish",
    "output fib daddr type local jump publish",
    "forward ct state established,related return",
    "forward iifname . oifname @loops return",
    "forward iifname @internal counter drop",
    "forward oifname @internal counter drop",
    "forward oifname != @bridges return",
    "forward iifname @isolated counter drop",
    "forward iifname @bridges oifname @isolated counter drop",
    "forward ct status dnat return",
    "forward iifname @bridges counter drop",
    "forward oifname @routed return",
    "forward counter drop",
    "postrouting iifname @masqueraded oifname != @bridges masquerade",
    "postrouting ip saddr . ip daddr @neighbours4 ct status dnat masquerade",
    "postrouting ip6 saddr . ip6 daddr @neighbours6 ct status dnat masquerade",
    "postrouting ip saddr 127.0.0.0/8 oifname @bridges masquerade",
    "postrouting ip6 saddr ::1 oifname @bridges masquerade",
  ]);
});

/** What a plan puts into each set. */
function elementsOf(plan: Plan) {
  return new Map(
    plan.flatMap((addition) =>
      addition.add === "elements"
        ? [[addition.set.name, addition.elements] as const]
        : []
    ),
  );
}
