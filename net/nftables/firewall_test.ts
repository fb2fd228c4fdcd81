import assert from "node:assert/strict";
import { needs } from "../../tests/facts.ts";
import { parseAddress } from "../address.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { inNetns, newNetns } from "../netns.ts";
import { parsePrefix } from "../prefix.ts";
import { decodeChain, listChains } from "./chain.ts";
import type { Description, PublishedPort } from "./description.ts";
import {
  addNetworks,
  addPorts,
  readRuleset,
  removeNetworks,
  removePorts,
  removeRuleset,
} from "./firewall.ts";
import { applyPlan, replaceRuleset } from "./install.ts";
import { transaction } from "./message.ts";
import { formatPlan } from "./plan.ts";
import { decodeRule, deleteRule, listRules } from "./rule.ts";
import { TABLE } from "./contents.ts";
import { planRuleset, VERSION } from "./ruleset.ts";
import { decodeSet, listSets } from "./set.ts";
import { decodeTable, listTables } from "./table.ts";

const WEB: PublishedPort = {
  owner: "web",
  protocol: "tcp",
  hostPort: 8080,
  address: parseAddress("10.88.0.2"),
  port: 80,
};
const SOME: PublishedPort = {
  owner: "some",
  protocol: "udp",
  hostAddress: parseAddress("2001:db8::1"),
  hostPort: 53,
  address: parseAddress("fd00:88::2"),
  port: 53,
  from: [parsePrefix("fd00::/8"), parsePrefix("2001:db8::/32")],
};
const ALL: Description = {
  networks: [
    { bridge: "rkl-shut", prefixes: [], internal: true, isolate: true },
    {
      bridge: "rkl0",
      prefixes: [parsePrefix("10.88.0.0/16"), parsePrefix("fd00:88::/64")],
      masquerade: false,
    },
  ],
  ports: [WEB, SOME],
};
const INSTALLED = { version: VERSION, ...ALL };

/** A test in a network namespace of its own. */
function kernelTest(
  name: string,
  action: (socket: NetlinkSocket, nft: (...args: string[]) => string) => void,
) {
  Deno.test({
    name,
    ...needs("root", "tool:nft"),
    fn() {
      using netns = newNetns();
      using socket = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
      action(socket, (...args) => {
        const command = new Deno.Command("nft", { args });
        const { success, stdout, stderr } = inNetns(
          netns,
          () => command.outputSync(),
        );
        const text = new TextDecoder().decode(success ? stdout : stderr);
        if (!success) throw new Error(text);
        return text;
      });
    },
  });
}

kernelTest("the table is what nft makes of the same plan", (socket, nft) => {
  const plan = planRuleset(ALL);
  applyPlan(socket, plan);
  const ours = sorted(nft("list", "ruleset"));
  assert(removeRuleset(socket));
  assert.equal(nft("list", "ruleset"), "");
  nft(formatPlan(plan));
  assert.equal(sorted(nft("list", "ruleset")), ours);
});

kernelTest("what nft lists, it reads again", (socket, nft) => {
  replaceRuleset(socket, ALL);
  const listed = nft("list", "ruleset");
  nft(`flush ruleset; ${listed}`);
  assert.equal(sorted(nft("list", "ruleset")), sorted(listed));
});

kernelTest("what is there can be read and replaced", (socket, nft) => {
  nft("add table ip other");
  assert.equal(readRuleset(socket), undefined);
  replaceRuleset(socket, ALL);
  assert.deepEqual(settled(readRuleset(socket)), settled(INSTALLED));
  replaceRuleset(socket, { networks: [], ports: [WEB] });
  assert.deepEqual(readRuleset(socket), {
    version: VERSION,
    networks: [],
    ports: [WEB],
  });
  assert.equal(removeRuleset(socket), true);
  assert.equal(removeRuleset(socket), false);
  assert.equal(nft("list", "ruleset"), "table ip other {\n}\n");
});

kernelTest("networks and ports come and go", (socket) => {
  replaceRuleset(socket, { networks: [], ports: [] });
  addNetworks(socket, ALL.networks);
  addPorts(socket, ALL.ports);
  assert.deepEqual(settled(readRuleset(socket)), settled(INSTALLED));
  const others = { ...WEB, owner: "other" };
  removePorts(socket, [others, { ...SOME, hostPort: 54 }]);
  removeNetworks(socket, ["rkl-none"]);
  assert.deepEqual(settled(readRuleset(socket)), settled(INSTALLED));
  removePorts(socket, [WEB, SOME]);
  removeNetworks(socket, ["rkl0", "rkl-shut"]);
  assert.deepEqual(readRuleset(socket), {
    version: VERSION,
    networks: [],
    ports: [],
  });
});

kernelTest("a port that another has is refused, with all", (socket) => {
  replaceRuleset(socket, { networks: [], ports: [WEB, SOME] });
  const free = { ...WEB, owner: "new", hostPort: 1 };
  for (const [taken, name] of [[WEB, "web"], [SOME, "some"]] as const) {
    assert.throws(() => addPorts(socket, [free, { ...taken, owner: "new" }]), {
      name: "PortTakenError",
      owner: name,
      message: new RegExp(
        `^cannot publish .*:${taken.hostPort}/.*: ${name} has that port$`,
      ),
    });
  }
  const fewer = { ...SOME, owner: "new", from: [parsePrefix("fd00::/16")] };
  assert.throws(() => addPorts(socket, [fewer]), /some has that port/);
  assert.equal(readRuleset(socket)?.ports.length, 2);
});

kernelTest("a refusal names the command and the reason", (socket) => {
  assert.throws(() => addPorts(socket, [WEB]), {
    code: "ENOENT",
    message:
      /^cannot add the element tcp \. 8080 comment "web" : 10\.88\.0\.2 \. 80 to the map any4 of the table rkl: ENOENT/,
  });
  applyPlan(socket, [{ add: "table", table: { name: TABLE } }]);
  const chain = { table: TABLE, name: "c" };
  const rule = {
    table: TABLE,
    chain: "c",
    statements: [{ do: "masquerade" }] as const,
  };
  const plan = [{ add: "chain", chain }, { add: "rule", rule }] as const;
  assert.doesNotThrow(() => applyPlan(socket, plan.slice(0, 1)));
  const looked = { in: "nothing", key: ["iifname"] } as const;
  const lookup = { ...rule, statements: [looked] };
  assert.throws(() => applyPlan(socket, [{ add: "rule", rule: lookup }]), {
    message: /^cannot add a rule to the chain c of the table rkl: ENOENT/,
  });
});

kernelTest("dumps are read as plain objects", (socket, nft) => {
  nft("add table ip other");
  nft("add chain ip other f { type filter hook forward priority 5; }");
  nft("add chain ip other f { policy drop; }");
  replaceRuleset(socket, ALL);
  assert.deepEqual(socket.dump(listTables()).map(decodeTable), [
    { family: "ip", name: "other" },
    { family: "inet", name: TABLE, comment: VERSION },
  ]);
  const chains = socket.dump(listChains()).map(decodeChain);
  assert.deepEqual(chains.find(({ table }) => table === "other"), {
    family: "ip",
    table: "other",
    name: "f",
    base: { type: "filter", hook: "forward", priority: 5, policy: "drop" },
  });
  const ours = chains.filter(({ table }) => table === TABLE)
    .map(({ name, base }) => `${name} ${base?.hook ?? "-"}`);
  assert.deepEqual(ours, [
    "raw prerouting",
    "publish -",
    "prerouting prerouting",
    "output output",
    "forward forward",
    "postrouting postrouting",
  ]);
  const sets = socket.dump(listSets(TABLE)).map(decodeSet);
  assert(sets.some(({ name }) => name === "limited6"));
  const rules = socket.dump(listRules(TABLE)).map(decodeRule);
  const { handle, ...raw } = rules[0]!;
  assert.deepEqual(raw, {
    table: TABLE,
    chain: "raw",
    comment: "loopback is the host's own",
    dropsAll: false,
    expressions: [
      "meta",
      "cmp",
      "payload",
      "bitwise",
      "cmp",
      "meta",
      "lookup",
      "counter",
      "immediate",
    ],
    counted: { packets: 0n, bytes: 0n },
  });
  socket.batch(transaction([deleteRule(rules[0]!)]));
  const left = socket.dump(listRules(TABLE)).map(decodeRule);
  assert.equal(left.length, rules.length - 1);
  assert(left.every((rule) => rule.handle !== handle));
});

kernelTest("thousands of ports fit one transaction", (socket) => {
  const ports = Array.from({ length: 5000 }, (_, i): PublishedPort => ({
    ...WEB,
    hostPort: i + 1,
    ...(i % 2 && { hostAddress: parseAddress("192.0.2.1") }),
  }));
  replaceRuleset(socket, { networks: [], ports });
  assert.equal(readRuleset(socket)?.ports.length, 5000);
});

/** Sets have no order: the lines of a listing, in one of their own. */
function sorted(listing: string): string {
  return listing.replaceAll(/elements = \{([^}]*)\}/g, (_, list: string) => {
    const elements = list.split(",").map((element) => element.trim()).sort();
    return `elements = { ${elements.join(", ")} }`;
  });
}

/** The same with prefixes and ports in an order of their own. */
function settled(description: Description | undefined): unknown {
  const text = (_: string, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value;
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value.map(sort)
        .sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    }
    if (typeof value !== "object" || value === null) return value;
    const sortedEntries = Object.entries(value).sort()
      .map(([key, inner]) => [key, sort(inner)]);
    return Object.fromEntries(sortedEntries);
  };
  return sort(JSON.parse(JSON.stringify(description, text)));
}
