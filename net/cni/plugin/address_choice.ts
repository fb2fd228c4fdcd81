/**
 * Which address host-local leases next: the one after the last, so that what
 * neighbours remember of a released one has time to fade.
 *
 * @module
 */
import { type Address, formatAddress, sameAddress } from "../../address.ts";
import { CNI_CODE, CniError } from "../error.ts";
import {
  formatRanges,
  isIn,
  type LeaseRange,
  type RangeSet,
} from "./ranges.ts";

/** An address, and the range it is of. */
export interface Choice {
  readonly range: LeaseRange;
  readonly address: Address;
}

/** What is known of a network's addresses. */
export interface Taken {
  /** As they are formatted. */
  has(address: string): boolean;
}

/**
 * Chooses an address of each set. Those that are asked for are taken from the
 * sets that have them.
 *
 * @param lastOf The address that the set of this index gave away last.
 * @throws {CniError} when one cannot be had
 */
export function chooseAddresses(
  sets: readonly RangeSet[],
  requested: readonly Address[],
  taken: Taken,
  lastOf: (set: number) => Address | undefined,
): Choice[] {
  const left = [...requested];
  const choices = sets.map((set, i) => {
    const found = left.findIndex((one) =>
      set.some((range) => isIn(range, one))
    );
    const wanted = found === -1 ? undefined : left.splice(found, 1)[0]!;
    if (wanted) return takeThis(set, wanted, taken);
    const choice = chooseNext(set, taken, lastOf(i));
    if (choice) return choice;
    throw unavailable(`no address is free in ${formatRanges(set)}`);
  });
  const [other] = left;
  if (!other) return choices;
  throw unavailable(
    `${formatAddress(other)} was asked for, which no range has, or a range ` +
      "that gives another one already; ranges: " +
      sets.map(formatRanges).join(", "),
  );
}

/** The next free address after `last`, through all ranges and round again. */
export function chooseNext(
  set: RangeSet,
  taken: Taken,
  last?: Address,
): Choice | undefined {
  const at = last ? set.findIndex((range) => isIn(range, last)) : -1;
  const spans = last && at !== -1
    ? [
      { range: set[at]!, from: last.value + 1n, to: set[at]!.last.value },
      ...[...set.slice(at + 1), ...set.slice(0, at)].map(whole),
      { range: set[at]!, from: set[at]!.first.value, to: last.value },
    ]
    : set.map(whole);
  for (const { range, from, to } of spans) {
    const { family } = range.first;
    for (let value = from; value <= to; value++) {
      const address = { family, value };
      if (sameAddress(address, range.gateway)) continue;
      if (!taken.has(formatAddress(address))) return { range, address };
    }
  }
  return undefined;
}

function whole(range: LeaseRange) {
  return { range, from: range.first.value, to: range.last.value };
}

function takeThis(set: RangeSet, address: Address, taken: Taken): Choice {
  const range = set.find((range) => isIn(range, address))!;
  const text = formatAddress(address);
  if (sameAddress(address, range.gateway)) {
    throw unavailable(`${text} was asked for, which is the gateway`);
  }
  if (taken.has(text)) {
    throw unavailable(`${text} was asked for, which somebody has`);
  }
  return { range, address };
}

function unavailable(reason: string): CniError {
  return new CniError(CNI_CODE.INTERNAL, "cannot lease an address", reason);
}
