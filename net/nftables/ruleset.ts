/**
 * rkl's one table, `inet rkl`.
 *
 * Its rules never change: networks and published ports are elements of its
 * sets and maps, so a packet costs the same with one port and with thousands.
 * It rewrites and drops. It never accepts what another table drops: there,
 * `return` and the policy `accept` only mean that this table has no objection.
 *
 * Takes Linux 5.6: until then, a packet that is leaving has forgotten by which
 * interface it came.
 *
 * @module
 */
import type { Family } from "../address.ts";
import { parseAddress } from "../address.ts";
import { parsePrefix } from "../prefix.ts";
import type { Hook } from "./chain.ts";
import {
  mergeElements,
  NEIGHBOURS,
  networkElements,
  portElements,
  PORTS,
  SETS,
  TABLE,
} from "./contents.ts";
import { PROTOCOLS } from "./datatype.ts";
import { checkDescription, type Description } from "./description.ts";
import type { Field } from "./field.ts";
import type { Addition, Plan } from "./plan.ts";
import type { Statement } from "./rule.ts";
import type { SetType } from "./set.ts";

/** The note on the table; it changes when the rules do. */
export const VERSION = "rkl 1";

const LOOPBACK = parsePrefix("127.0.0.0/8");

/** What is looked at, per IP version. */
const FIELDS = {
  4: { source: "ip saddr", destination: "ip daddr" },
  6: { source: "ip6 saddr", destination: "ip6 daddr" },
} as const;

/** Priorities of nft's: raw, dstnat, filter, srcnat. */
const PRIORITY = { RAW: -300, DSTNAT: -100, FILTER: 0, SRCNAT: 100 } as const;

const COUNTED_DROP: readonly Statement[] = [{ do: "counter" }, { do: "drop" }];

/** A chain with its rules: statements, and why. */
interface ChainPlan {
  readonly name: string;
  readonly base?: Hook;
  readonly rules: readonly (readonly [string, ...Statement[]])[];
}

/** The chains. One to jump to comes before those that do. */
const CHAINS: readonly ChainPlan[] = [
  {
    name: "raw",
    base: base("filter", "prerouting", PRIORITY.RAW),
    rules: [[
      // route_localnet, which replies to the host's loopback need, would let
      // containers in there too. IPv6 has no such thing.
      "loopback is the host's own",
      { is: "ip daddr", value: LOOPBACK },
      { in: "bridges", key: ["iifname"] },
      ...COUNTED_DROP,
    ]],
  },
  {
    name: "publish",
    rules: ([4, 6] as const).flatMap((family) => publishRules(family)),
  },
  {
    name: "prerouting",
    base: base("nat", "prerouting", PRIORITY.DSTNAT),
    rules: [
      [
        // The kernel refuses them only after this hook. (IPv6: before it.)
        "nobody else sends to loopback",
        { is: "ip daddr", value: LOOPBACK },
        { is: "iifname", value: "lo", not: true },
        { do: "return" },
      ],
      [
        "published ports",
        { is: "fib daddr type", value: "local" },
        { do: "jump", chain: "publish" },
      ],
    ],
  },
  {
    name: "output",
    base: base("nat", "output", PRIORITY.DSTNAT),
    rules: [[
      "published ports, from the host itself",
      { is: "fib daddr type", value: "local" },
      { do: "jump", chain: "publish" },
    ]],
  },
  {
    name: "forward",
    base: base("filter", "forward", PRIORITY.FILTER),
    rules: [
      [
        "decided before",
        { has: "ct state", any: ["established", "related"] },
        { do: "return" },
      ],
      [
        "within a network",
        { in: "loops", key: ["iifname", "oifname"] },
        { do: "return" },
      ],
      [
        "no way out of an internal network",
        { in: "internal", key: ["iifname"] },
        ...COUNTED_DROP,
      ],
      [
        "no way into an internal network",
        { in: "internal", key: ["oifname"] },
        ...COUNTED_DROP,
      ],
      [
        "not to a network",
        { in: "bridges", key: ["oifname"], not: true },
        { do: "return" },
      ],
      [
        "no way from an isolated network to another",
        { in: "isolated", key: ["iifname"] },
        ...COUNTED_DROP,
      ],
      [
        "no way from another network to an isolated one",
        { in: "bridges", key: ["iifname"] },
        { in: "isolated", key: ["oifname"] },
        ...COUNTED_DROP,
      ],
      [
        "to a published port",
        { has: "ct status", any: ["dnat"] },
        { do: "return" },
      ],
      [
        "no way from one network to another",
        { in: "bridges", key: ["iifname"] },
        ...COUNTED_DROP,
      ],
      [
        "to a network with addresses others know",
        { in: "routed", key: ["oifname"] },
        { do: "return" },
      ],
      ["only published ports", ...COUNTED_DROP],
    ],
  },
  {
    name: "postrouting",
    base: base("nat", "postrouting", PRIORITY.SRCNAT),
    rules: [
      [
        "others do not know the addresses of a network",
        { in: "masqueraded", key: ["iifname"] },
        { in: "bridges", key: ["oifname"], not: true },
        { do: "masquerade" },
      ],
      // The interface it came by is unknown where br_netfilter is at work.
      ...([4, 6] as const).map((family): ChainPlan["rules"][number] => [
        "a neighbour's answer has to come back this way",
        {
          in: NEIGHBOURS[family].name,
          key: [FIELDS[family].source, FIELDS[family].destination],
        },
        { has: "ct status", any: ["dnat"] },
        { do: "masquerade" },
      ]),
      [
        "a container cannot answer to loopback",
        { is: "ip saddr", value: LOOPBACK },
        { in: "bridges", key: ["oifname"] },
        { do: "masquerade" },
      ],
      [
        "a container cannot answer to loopback",
        { is: "ip6 saddr", value: parseAddress("::1") },
        { in: "bridges", key: ["oifname"] },
        { do: "masquerade" },
      ],
    ],
  },
];

/**
 * The whole table for these networks and ports.
 *
 * @throws {InvalidLinkNameError}
 * @throws {InvalidPortError}
 */
export function planRuleset(description: Description): Plan {
  const { networks, ports } = checkDescription(description);
  const elements = mergeElements([
    ...networks.flatMap(networkElements),
    ...ports.flatMap(portElements),
  ]);
  return [
    { add: "table", table: { name: TABLE, comment: VERSION } },
    ...SETS.map((set): Addition => ({ add: "set", set })),
    ...CHAINS.flatMap(planChain),
    ...elements.map((some): Addition => ({ add: "elements", ...some })),
  ];
}

function planChain({ name, base, rules }: ChainPlan): Addition[] {
  return [
    { add: "chain", chain: { table: TABLE, name, ...(base && { base }) } },
    ...rules.map(([comment, ...statements]): Addition => ({
      add: "rule",
      rule: { table: TABLE, chain: name, statements, comment },
    })),
  ];
}

/**
 * The rules that send a packet to a container, if its port is published. nft
 * reads them only with the protocols named.
 */
function publishRules(family: Family): ChainPlan["rules"] {
  const { any, bound, limited } = PORTS[family];
  const { source, destination } = FIELDS[family];
  const rule = (
    why: string,
    map: SetType,
    ...addresses: Field[]
  ): ChainPlan["rules"][number] => [
    why,
    // Addresses say it themselves.
    ...(addresses.length > 0
      ? []
      : [{ is: "meta nfproto", value: `ipv${family}` } as const]),
    { is: "meta l4proto", oneOf: Object.keys(PROTOCOLS) },
    {
      do: "dnat",
      family,
      key: ["meta l4proto", ...addresses, "th dport"],
      map: map.name,
    },
  ];
  return [
    rule("on one address", bound, destination),
    rule("on all addresses", any),
    rule("for some clients", limited, source, destination),
  ];
}

function base(
  type: Hook["type"],
  hook: Hook["hook"],
  priority: number,
): Hook {
  return { type, hook, priority, policy: "accept" };
}
