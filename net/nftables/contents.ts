/**
 * What rkl's table says, as elements of its sets and maps: networks and
 * published ports. The rules that look it up are in `ruleset.ts`.
 *
 * @module
 */
import type { Family } from "../address.ts";
import { parsePrefix } from "../prefix.ts";
import type { Datatype } from "./datatype.ts";
import {
  boundAddress,
  type NetworkRules,
  type PublishedPort,
  sourcesOf,
} from "./description.ts";
import type { Element } from "./element.ts";
import type { SetType } from "./set.ts";

/** The name of the table. */
export const TABLE = "rkl";

/** Elements, and where they go. */
export interface Elements {
  /** A set or a map of the table. */
  readonly set: SetType;
  /** What it gets, or loses. */
  readonly elements: readonly Element[];
}

/** Sets of bridges, by what is true of them. */
export const BRIDGES = {
  /** All of rkl's. */
  bridges: set("bridges", ["ifname"]),
  /** Paired with themselves: packets may stay in a network. */
  loops: set("loops", ["ifname", "ifname"]),
  internal: set("internal", ["ifname"]),
  isolated: set("isolated", ["ifname"]),
  masqueraded: set("masqueraded", ["ifname"]),
  routed: set("routed", ["ifname"]),
} as const;

/** Pairs of addresses that are neighbours, as prefixes; with the bridge's name. */
export const NEIGHBOURS = {
  4: neighbourSet("ipv4_addr", 4),
  6: neighbourSet("ipv6_addr", 6),
} as const;

/** Maps of published ports, per IP version: on all addresses, on one, … */
export const PORTS = {
  4: portMaps("ipv4_addr", 4),
  6: portMaps("ipv6_addr", 6),
} as const;

const EVERYWHERE = { 4: parsePrefix("0.0.0.0/0"), 6: parsePrefix("::/0") };
/** What the table's sets hold of a network. */
export function networkElements(network: NetworkRules): Elements[] {
  const { bridge, prefixes, internal, isolate, apart } = network;
  const { masquerade = true } = network;
  const sets: SetType[] = [
    BRIDGES.bridges,
    ...(apart ? [] : [BRIDGES.loops]),
    ...(internal ? [BRIDGES.internal] : []),
    ...(isolate ? [BRIDGES.isolated] : []),
    masquerade ? BRIDGES.masqueraded : BRIDGES.routed,
  ];
  return [
    ...sets.map((set) => ({
      set,
      elements: [{ key: set.key.map(() => bridge) }],
    })),
    ...prefixes.map((prefix) => ({
      set: NEIGHBOURS[prefix.address.family],
      elements: [{ key: [prefix, prefix], comment: bridge }],
    })),
  ];
}

/** What the table's maps hold of a published port. */
export function portElements(port: PublishedPort): Elements[] {
  const { owner, protocol, hostPort, address, from } = port;
  const { family } = address;
  const maps = PORTS[family];
  const host = boundAddress(port);
  const rest = { value: [address, port.port], comment: owner };
  if (from) {
    const target = host ?? EVERYWHERE[family];
    const elements = sourcesOf(from, family).map((source): Element => ({
      key: [protocol, source, target, hostPort],
      ...rest,
    }));
    return elements.length > 0 ? [{ set: maps.limited, elements }] : [];
  }
  return host
    ? [{
      set: maps.bound,
      elements: [{ key: [protocol, host, hostPort], ...rest }],
    }]
    : [{ set: maps.any, elements: [{ key: [protocol, hostPort], ...rest }] }];
}

/** Joins what goes to the same set. */
export function mergeElements(parts: readonly Elements[]): Elements[] {
  const merged = Map.groupBy(parts, ({ set }) => set);
  return [...merged].map(([set, some]) => ({
    set,
    elements: some.flatMap(({ elements }) => elements),
  }));
}

/** All sets and maps of the table. */
export const SETS: readonly SetType[] = [
  ...Object.values(BRIDGES),
  ...Object.values(NEIGHBOURS),
  ...Object.values(PORTS[4]),
  ...Object.values(PORTS[6]),
];

function neighbourSet(address: Datatype, family: Family): SetType {
  return { ...set(`neighbours${family}`, [address, address]), interval: true };
}

function portMaps(address: Datatype, family: Family) {
  const map = (name: string, ...addresses: Datatype[]): SetType => ({
    ...set(`${name}${family}`, ["inet_proto", ...addresses, "inet_service"]),
    value: [address, "inet_service"],
  });
  return {
    bound: map("bound", address),
    any: map("any"),
    limited: { ...map("limited", address, address), interval: true },
  };
}

function set(name: string, key: readonly Datatype[]): SetType {
  return { table: TABLE, name, key };
}
