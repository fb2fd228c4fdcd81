/**
 * What becomes of every number a system call can have, as ranges: the calls of
 * an architecture in the order of their numbers, neighbours with one answer
 * taken together.
 *
 * @module
 */
import type { Architecture } from "./architectures.ts";
import { BAD_ARCHITECTURE, NO_SUCH_CALL } from "./actions.ts";
import { withMultiplexers } from "./multiplexers.ts";
import { decide, type Decision, type Rule } from "./rules.ts";
import { X32_BIT } from "./tables.ts";

/** From a number up to the next range, or to the end. */
export interface Range {
  from: number;
  decision: Decision;
}

/** A profile as the ranges are made from it. */
export interface Profile {
  rules: ReadonlyMap<string, readonly Rule[]>;
  /** All names it speaks of, in rules that change nothing too. */
  names: ReadonlySet<string>;
  /** What becomes of calls it does not speak of. */
  otherwise: number;
  /** Whether calls behind the last it knows are told to be missing. */
  answersNewCalls: boolean;
}

/** A tracer sets this number to have a call skipped; see seccomp(2). */
const SKIPPED = 0xffff_ffff;

/** The ranges of what the kernel reports as one architecture. */
export function rangesOf(
  architectures: readonly Architecture[],
  profile: Profile,
): Range[] {
  const ranges = new Ranges();
  for (const architecture of architectures) {
    add(ranges, architecture, profile);
  }
  const names = architectures.map(({ name }) => name);
  if (names.includes("SCMP_ARCH_X86_64") && !names.includes("SCMP_ARCH_X32")) {
    ranges.add(X32_BIT, BAD_ARCHITECTURE);
    ranges.add(SKIPPED, profile.otherwise);
  }
  return ranges.list;
}

function add(
  ranges: Ranges,
  { name, bits, table }: Architecture,
  { rules, names, otherwise, answersNewCalls }: Profile,
): void {
  const x86 = name === "SCMP_ARCH_X86";
  const known = x86 ? withMultiplexers(rules) : rules;
  let next = name === "SCMP_ARCH_X32" ? X32_BIT : 0;
  let last: number | undefined;
  for (const [call, number] of table()) {
    if (names.has(call)) last = number;
    const decision = known.get(call);
    if (!decision) continue;
    if (number > next) ranges.add(next, otherwise);
    ranges.add(number, decide(decision, bits));
    next = number + 1;
  }
  ranges.add(next, otherwise);
  if (answersNewCalls && last !== undefined) {
    ranges.add(last + 1, NO_SUCH_CALL);
  }
}

/** A list of ranges that grows at its end. */
class Ranges {
  readonly list: Range[] = [];

  add(from: number, decision: Decision): void {
    let before = this.list.at(-1);
    if (before?.from === from) {
      this.list.pop();
      before = this.list.at(-1);
    }
    if (before?.decision !== decision) this.list.push({ from, decision });
  }
}
