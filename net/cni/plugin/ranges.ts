/**
 * Where host-local's addresses come from: sets of ranges, each of which gives
 * a container one address.
 *
 * @module
 */
import { complain, type Place, type Problem } from "../../../sys/problem.ts";
import {
  list,
  object,
  optional,
  type Output,
  type Schema,
} from "../../../sys/schema.ts";
import { type Address, bitsOf, formatAddress } from "../../address.ts";
import {
  containsAddress,
  firstAddress,
  formatPrefix,
  lastAddress,
  parseNetwork,
  type Prefix,
} from "../../prefix.ts";
import { address, parsed } from "../fields.ts";

/** Addresses of a subnet, both ends included. */
export interface LeaseRange {
  readonly subnet: Prefix;
  readonly first: Address;
  readonly last: Address;
  /** Never leased. */
  readonly gateway: Address;
}

/** Ranges that are tried in order, of one IP version. */
export type RangeSet = readonly LeaseRange[];

/** Fields of a range, as the configuration has them. */
export const RANGE_FIELDS = {
  subnet: parsed("a network, such as 10.1.0.0/16", parseNetwork),
  rangeStart: optional(address),
  rangeEnd: optional(address),
  gateway: optional(address),
};

const RangeFields = object(RANGE_FIELDS);

/** A range, whole. */
export const Range: Schema<LeaseRange> = {
  expected: RangeFields.expected,
  read(value, at, problems) {
    const before = problems.length;
    const fields = RangeFields.read(value, at, problems);
    if (problems.length > before) return undefined as never;
    return settleRange(fields, at, problems);
  },
};

/** Sets of ranges that have no address in common. */
export const RangeSets: Schema<RangeSet[]> = list(
  nonEmpty(list(Range, "ranges")),
  "sets of ranges",
);

/** Whether an address may be leased from a range, leaving gateways aside. */
export function isIn({ subnet, first, last }: LeaseRange, one: Address) {
  return containsAddress(subnet, one) && one.value >= first.value &&
    one.value <= last.value;
}

/** A set of ranges for messages. */
export function formatRanges(set: RangeSet): string {
  return set.map(({ first, last }) =>
    `${formatAddress(first)} to ${formatAddress(last)}`
  ).join(" or ");
}

/**
 * What is wrong with sets beside each other: two with an address in common,
 * one with both IP versions.
 */
export function findClash(sets: readonly RangeSet[]): string | undefined {
  const mixed = sets.find((set) =>
    set.some(({ first }) => first.family !== set[0]!.first.family)
  );
  if (mixed) return `${formatRanges(mixed)}: a set has one IP version only`;
  const all = sets.flat();
  for (const [i, a] of all.entries()) {
    const b = all.slice(i + 1).find((b) => overlap(a, b));
    if (b) return `${formatRanges([a])} overlaps ${formatRanges([b])}`;
  }
  return undefined;
}

/** Fills in what is missing: the gateway is the first address, unless given. */
export function settleRange(
  { subnet, rangeStart, rangeEnd, gateway }: Output<typeof RangeFields>,
  at: Place,
  problems: Problem[],
): LeaseRange {
  const { family } = subnet.address;
  if (bitsOf(family) - subnet.length < 2) {
    complain(
      `${formatPrefix(subnet)} is too small to lease from; a length up to ` +
        `${bitsOf(family) - 2} is allowed`,
      { key: "subnet", above: at },
      problems,
    );
    return undefined as never;
  }
  const ends = { rangeStart, rangeEnd };
  for (const [key, end] of Object.entries(ends)) {
    if (!end || containsAddress(subnet, end)) continue;
    complain(
      `${formatAddress(end)} is not in ${formatPrefix(subnet)}`,
      { key, above: at },
      problems,
    );
  }
  const one = { family, value: firstAddress(subnet).value + 1n };
  const end = lastAddress(subnet).value - (family === 4 ? 1n : 0n);
  const range = {
    subnet,
    first: rangeStart ?? one,
    last: rangeEnd ?? { family, value: end },
    gateway: gateway ?? one,
  };
  if (range.last.value < range.first.value) {
    complain(
      `rangeEnd ${formatAddress(range.last)} is before rangeStart ` +
        formatAddress(range.first),
      at,
      problems,
    );
  }
  return range;
}

function overlap(a: LeaseRange, b: LeaseRange): boolean {
  return a.first.family === b.first.family &&
    a.first.value <= b.last.value && b.first.value <= a.last.value;
}

function nonEmpty<T>(schema: Schema<T[]>): Schema<T[]> {
  return {
    expected: schema.expected,
    read(value, at, problems) {
      if (Array.isArray(value) && value.length === 0) {
        complain("a set has at least one range", at, problems);
      }
      return schema.read(value, at, problems);
    },
  };
}
