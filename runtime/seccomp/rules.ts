/**
 * What a profile says of one system call.
 *
 * Where several rules speak of a call, they count as they do for libseccomp: a
 * rule without comparisons is all there is to say, the first of several; else
 * the special before the general, in its order of comparisons.
 *
 * @module
 */
import type { Seccomp, SeccompComparison } from "../spec.ts";
import { uint64 } from "../spec/tables.ts";
import { actionValue } from "./actions.ts";

/** How an argument is compared: with what, and in which bits. */
export interface Comparison {
  /** Which argument, from 0. */
  index: number;
  op: Operator;
  value: bigint;
  /** For MASKED_EQ. */
  mask: bigint;
}

type Operator = SeccompComparison["op"];

/** An action, and the comparisons that must all be true for it. */
export interface Rule {
  action: number;
  comparisons: readonly Comparison[];
}

/** What becomes of a call: always the same, or what the first rule says. */
export type Decision = number | readonly Rule[];

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/**
 * The rules of each call by name, in the order of the profile. Those that say
 * what holds anyway are left out.
 */
export function rulesByName(
  { syscalls = [] }: Pick<Seccomp, "syscalls">,
  otherwise: number,
): Map<string, Rule[]> {
  const rules = new Map<string, Rule[]>();
  for (const { names, action, errnoRet, args = [] } of syscalls) {
    const value = actionValue(action, errnoRet);
    if (value === otherwise) continue;
    const added = alternatives(args.map(comparison)).map((comparisons) => ({
      action: value,
      comparisons,
    }));
    for (const name of names) {
      const known = rules.get(name);
      rules.set(name, known ? [...known, ...added] : added);
    }
  }
  return rules;
}

function comparison({ index, op, value, valueTwo }: SeccompComparison) {
  const first = uint64(value);
  return op === "SCMP_CMP_MASKED_EQ"
    ? { index, op, mask: first, value: uint64(valueTwo ?? 0) & first }
    : { index, op, mask: ALL_BITS, value: first };
}

/** By runc's rule, comparisons of one argument are alternatives, not all true. */
function alternatives(comparisons: Comparison[]): Comparison[][] {
  const indexes = new Set(comparisons.map(({ index }) => index));
  if (indexes.size < comparisons.length) {
    return comparisons.map((one) => [one]);
  }
  return [comparisons.sort((a, b) => a.index - b.index)];
}

/**
 * What rules come to on an architecture; with arguments of 32 bits, comparisons
 * are of the low halves.
 */
export function decide(rules: readonly Rule[], bits: 32 | 64): Decision {
  const first = rules[0]!;
  if (first.comparisons.length === 0) return first.action;
  const settled = rules.map(({ action, comparisons }) => ({
    action,
    comparisons: comparisons.map((one) => bits === 32 ? lowHalf(one) : one)
      .filter(({ mask }) => mask !== 0n), // equal whatever the argument is
  }));
  const always = settled.find(({ comparisons }) => comparisons.length === 0);
  return always ? always.action : settled.sort(bySpecialty);
}

function lowHalf(one: Comparison): Comparison {
  const low = (word: bigint) => word & 0xffff_ffffn;
  return { ...one, value: low(one.value), mask: low(one.mask) };
}

/** Equality before ranges. */
const SPECIALTY: Readonly<Record<Operator, number>> = {
  SCMP_CMP_EQ: 0,
  SCMP_CMP_NE: 0,
  SCMP_CMP_MASKED_EQ: 0,
  SCMP_CMP_LT: 1,
  SCMP_CMP_LE: 1,
  SCMP_CMP_GT: 2,
  SCMP_CMP_GE: 2,
};

/**
 * libseccomp's order: later arguments first, equality before ranges, the
 * narrower range first, and the shorter of two rules that begin alike.
 */
function bySpecialty({ comparisons: a }: Rule, { comparisons: b }: Rule) {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [one, other] = [a[at]!, b[at]!];
    const kind = SPECIALTY[one.op];
    const order = other.index - one.index || kind - SPECIALTY[other.op] ||
      (kind === 1 ? -1 : 1) * Number(other.value - one.value);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
