/**
 * `ipam` of type host-local, read and settled.
 *
 * @module
 */
import { complain, type Place, type Problem } from "../../../sys/problem.ts";
import {
  list,
  object,
  optional,
  type Schema,
  textThat,
  withDefault,
} from "../../../sys/schema.ts";
import type { Address } from "../../address.ts";
import { type CniRoute, Route } from "../fields.ts";
import {
  findClash,
  RANGE_FIELDS,
  type RangeSet,
  RangeSets,
  settleRange,
} from "./ranges.ts";

/** The names that mean what is built in. */
export const HOST_LOCAL: readonly string[] = ["host-local", "libipam"];

/** Where leases are, unless the configuration says otherwise. */
const DATA_DIR = "/var/lib/cni/networks";

/** What host-local is to do. */
export interface HostLocal {
  /** The directory of this network's leases. */
  readonly directory: string;
  /** Each gives one address. */
  readonly rangeSets: readonly RangeSet[];
  readonly routes: readonly CniRoute[];
  /** A file in the form of resolv.conf, whose contents go into the result. */
  readonly resolvConf?: string;
  /** Addresses that are asked for; each set gives one of them at most. */
  readonly requested: readonly Address[];
}

const absolute = textThat(
  'a path that begins with "/"',
  (path) => path.startsWith("/"),
);

const Fields = object({
  ...RANGE_FIELDS,
  subnet: optional(RANGE_FIELDS.subnet),
  ranges: withDefault(RangeSets, []),
  routes: withDefault(list(Route, "routes"), []),
  dataDir: withDefault(absolute, DATA_DIR),
  resolvConf: optional(textThat("a path", () => true)),
});

/**
 * Reads `ipam`.
 *
 * @param more Sets from `runtimeConfig.ipRanges`, which come first.
 */
export function readHostLocal(
  ipam: unknown,
  network: string,
  requested: readonly Address[],
  more: readonly RangeSet[],
  at: Place,
  problems: Problem[],
): HostLocal {
  const before = problems.length;
  const fields = Fields.read(ipam, at, problems);
  if (problems.length > before) return undefined as never;
  const { subnet, rangeStart, rangeEnd, gateway, ranges } = fields;
  const old = subnet
    ? [[settleRange(
      {
        subnet,
        ...(rangeStart && { rangeStart }),
        ...(rangeEnd && { rangeEnd }),
        ...(gateway && { gateway }),
      },
      at,
      problems,
    )]]
    : [];
  const rangeSets = [...more, ...old, ...ranges];
  if (problems.length > before) return undefined as never;
  const clash = rangeSets.length === 0
    ? "has no addresses; give it subnet or ranges"
    : findClash(rangeSets);
  if (clash !== undefined) complain(clash, at, problems);
  const { dataDir, routes, resolvConf } = fields;
  return {
    directory: `${dataDir.replace(/\/+$/, "")}/${network}`,
    rangeSets,
    routes,
    requested,
    ...(resolvConf && { resolvConf }),
  };
}

/** `runtimeConfig.ipRanges`. */
export const IpRanges: Schema<RangeSet[] | undefined> = optional(RangeSets);
