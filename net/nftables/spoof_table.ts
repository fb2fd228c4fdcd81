/**
 * The table `bridge rkl`: what containers send under another's address is
 * dropped where it enters the bridge, ARP and neighbour discovery included.
 *
 * Like those of `inet rkl` its rules never change: a port is elements of sets,
 * with addresses of its own. Ports are named by their index, which the kernel
 * does not give out again. So what is left of a port that is gone is nobody's.
 *
 * @module
 */
import { type Address, addressFromBytes, parseAddress } from "../address.ts";
import { parseMac } from "../mac.ts";
import { concat } from "../netlink/attribute.ts";
import type { Datatype } from "./datatype.ts";
import type { Addition, Plan } from "./plan.ts";
import type { Statement } from "./rule.ts";
import { type Elements, TABLE } from "./contents.ts";
import type { SetType } from "./set.ts";

/** A port whose frames are looked at. */
export interface GuardedPort {
  /** Of the port of the bridge. */
  readonly index: number;
  /** The only one it may send from. */
  readonly mac: string;
  /** The only ones it may send from; any, unless given. */
  readonly addresses?: readonly Address[];
}

/** The note on the table; it changes when the rules do. */
const VERSION = "rkl spoofing 1";

const PORTS = set("ports");
/** Ports whose IP addresses are looked at too. */
const STRICT = set("strict");
const MACS = set("macs", "ether_addr");
const SOURCES = {
  4: set("sources4", "ipv4_addr"),
  6: set("sources6", "ipv6_addr"),
} as const;

/** All sets of the table. */
export const SPOOF_SETS: readonly SetType[] = [
  PORTS,
  STRICT,
  MACS,
  SOURCES[4],
  SOURCES[6],
];

const CHAIN = "prerouting";
/** Before br_netfilter, which shows frames to the rules for packets. */
const PRIORITY = -300;
/** RFC 4862, section 5.4: who is not yet sure of an address has this one. */
const NONE = parseAddress("::");

const DROP: readonly Statement[] = [{ do: "counter" }, { do: "drop" }];
const IP: Statement = { is: "meta protocol", value: "ip" };
const ARP: Statement = { is: "meta protocol", value: "arp" };
const ICMPV6: Statement = { is: "meta l4proto", value: "ipv6-icmp" };
const IP6: Statement = { is: "meta protocol", value: "ip6" };

/** The rules: why, and statements. */
const RULES: readonly (readonly [string, ...Statement[]])[] = [
  [
    "not a port that is looked at",
    { in: PORTS.name, key: ["iif"], not: true },
    { do: "return" },
  ],
  [
    "another's Ethernet address",
    { in: MACS.name, key: ["iif", "ether saddr"], not: true },
    ...DROP,
  ],
  [
    "another's Ethernet address, in ARP",
    ARP,
    { in: MACS.name, key: ["iif", "arp saddr ether"], not: true },
    ...DROP,
  ],
  [
    "IP addresses are not looked at",
    { in: STRICT.name, key: ["iif"], not: true },
    { do: "return" },
  ],
  [
    "another's IPv4 address",
    IP,
    { in: SOURCES[4].name, key: ["iif", "ip saddr"], not: true },
    ...DROP,
  ],
  ["its own IPv4 address", IP, { do: "return" }],
  [
    "another's IPv4 address, in ARP",
    ARP,
    { in: SOURCES[4].name, key: ["iif", "arp saddr ip"], not: true },
    ...DROP,
  ],
  ["its own IPv4 address, in ARP", ARP, { do: "return" }],
  [
    "what may hide addresses, as a tag in a tag does",
    { is: "meta protocol", value: "ip6", not: true },
    ...DROP,
  ],
  ...(["nd-router-advert", "nd-redirect"] as const).map((
    value,
  ): readonly [string, ...Statement[]] => [
    "a container is no router",
    IP6,
    ICMPV6,
    { is: "icmpv6 type", value },
    ...DROP,
  ]),
  [
    "another's IPv6 address, as a neighbour's",
    IP6,
    ICMPV6,
    { is: "icmpv6 type", value: "nd-neighbor-advert" },
    { in: SOURCES[6].name, key: ["iif", "icmpv6 taddr"], not: true },
    ...DROP,
  ],
  [
    "whether anybody has the IPv6 address it is to have",
    IP6,
    { is: "ip6 saddr", value: NONE },
    ICMPV6,
    { is: "icmpv6 type", value: "nd-neighbor-solicit" },
    { in: SOURCES[6].name, key: ["iif", "icmpv6 taddr"] },
    { do: "return" },
  ],
  [
    "which groups it listens to, before it has an address",
    IP6,
    { is: "ip6 saddr", value: NONE },
    ICMPV6,
    { is: "icmpv6 type", value: "mld2-listener-report" },
    { do: "return" },
  ],
  [
    "another's IPv6 address",
    IP6,
    { in: SOURCES[6].name, key: ["iif", "ip6 saddr"], not: true },
    ...DROP,
  ],
];

/** The whole table, with nothing in its sets. */
export const SPOOF_PLAN: Plan = [
  { add: "table", table: { name: TABLE, comment: VERSION } },
  ...SPOOF_SETS.map((set): Addition => ({ add: "set", set })),
  {
    add: "chain",
    chain: {
      table: TABLE,
      name: CHAIN,
      base: {
        type: "filter",
        hook: "prerouting",
        priority: PRIORITY,
        policy: "accept",
      },
    },
  },
  ...RULES.map(([comment, ...statements]): Addition => ({
    add: "rule",
    rule: { table: TABLE, chain: CHAIN, statements, comment },
  })),
];

/** What the table's sets hold of a port. */
export function guardElements(port: GuardedPort): Elements[] {
  const { index, mac, addresses } = port;
  const element = (...rest: (string | Address)[]) => ({
    key: [index, ...rest],
  });
  const always: Elements[] = [
    { set: PORTS, elements: [element()] },
    { set: MACS, elements: [element(mac)] },
  ];
  if (!addresses) return always;
  const own = [...addresses, linkLocalOf(mac)];
  return [
    ...always,
    { set: STRICT, elements: [element()] },
    ...([4, 6] as const).map((family): Elements => ({
      set: SOURCES[family],
      elements: own.filter((address) => address.family === family)
        .map((address) => element(address)),
    })).filter(({ elements }) => elements.length > 0),
  ];
}

/**
 * The address an interface has on its link by itself: RFC 4291, appendix A. The
 * kernel makes it so where `addr_gen_mode` is 0.
 */
export function linkLocalOf(mac: string): Address {
  const bytes = parseMac(mac);
  bytes[0]! ^= 2;
  return addressFromBytes(concat(
    Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0),
    bytes.subarray(0, 3),
    Uint8Array.of(0xff, 0xfe),
    bytes.subarray(3),
  ));
}

function set(name: string, ...rest: Datatype[]): SetType {
  return { table: TABLE, name, key: ["iface_index", ...rest] };
}
