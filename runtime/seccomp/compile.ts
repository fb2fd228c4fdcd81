/**
 * From `linux.seccomp` of config.json to the program the kernel runs at every
 * system call: which architecture it is, then a binary search among ranges of
 * numbers, so that no call costs more than ten comparisons, then those of its
 * arguments.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import type { Arch } from "../../sys/numbers.ts";
import { PlanError } from "../plan_error.ts";
import type { Seccomp } from "../spec.ts";
import { actionValue, BAD_ARCHITECTURE, isPermissive } from "./actions.ts";
import { architecturesOf } from "./architectures.ts";
import { Assembler, DATA, MOST_INSTRUCTIONS, OP, type Place } from "./bpf.ts";
import { emitComparison } from "./comparison.ts";
import { type Profile, type Range, rangesOf } from "./ranges.ts";
import { type Rule, rulesByName } from "./rules.ts";

/**
 * The program of a filter, as an array of struct sock_filter.
 *
 * @throws {PlanError} when it is longer than the kernel takes
 */
export function compileSeccomp(seccomp: Seccomp, host: Arch): Uint8Array {
  const { architectures = [] } = seccomp;
  const profile = profileOf(seccomp);
  const { otherwise } = profile;
  const assembler = new Assembler();
  const audits = Map.groupBy(
    architecturesOf(architectures, host),
    ({ audit }) => audit,
  );
  let next = assembler.return(BAD_ARCHITECTURE);
  // The host's own is asked for first, so it is written last.
  for (const [audit, group] of [...audits].reverse()) {
    const ranges = rangesOf(group, profile);
    const search = emitSearch(assembler, ranges, otherwise);
    const begin = assembler.load(DATA.NUMBER, search);
    next = assembler.branch(OP.IF_EQUAL, audit, begin, next);
  }
  assembler.load(DATA.ARCH, next);
  if (assembler.length > MOST_INSTRUCTIONS) {
    throw new PlanError(
      `linux.seccomp: its rules come to ${assembler.length} instructions, and ` +
        `the kernel takes ${MOST_INSTRUCTIONS}; say the same in fewer rules`,
    );
  }
  return assembler.assemble();
}

function profileOf(seccomp: Seccomp): Profile {
  const { defaultAction, defaultErrnoRet, syscalls = [] } = seccomp;
  const otherwise = actionValue(defaultAction, defaultErrnoRet);
  return {
    otherwise,
    rules: rulesByName(seccomp, otherwise),
    names: new Set(syscalls.flatMap(({ names }) => names)),
    answersNewCalls: !isPermissive(defaultAction) &&
      defaultErrnoRet !== ERRNO.ENOSYS,
  };
}

/** A search for the range of the number in the accumulator. */
function emitSearch(
  assembler: Assembler,
  ranges: readonly Range[],
  otherwise: number,
): Place {
  const search = (first: number, last: number): Place => {
    const { decision } = ranges[first]!;
    if (first === last) {
      return typeof decision === "number"
        ? assembler.return(decision)
        : emitRules(assembler, decision, otherwise);
    }
    const [one, next] = [ranges[first + 1]!, ranges[first + 2]];
    if (
      first + 2 === last && next!.decision === decision &&
      next!.from === one.from + 1
    ) {
      const other = search(first, first);
      const yes = search(first + 1, first + 1);
      return assembler.branch(OP.IF_EQUAL, one.from, yes, other);
    }
    const middle = (first + last + 1) >> 1;
    const above = search(middle, last);
    const below = search(first, middle - 1);
    return assembler.branch(
      OP.IF_AT_LEAST,
      ranges[middle]!.from,
      above,
      below,
    );
  };
  return search(0, ranges.length - 1);
}

/** The action of the first rule whose comparisons are all true. */
function emitRules(
  assembler: Assembler,
  rules: readonly Rule[],
  otherwise: number,
): Place {
  return rules.reduceRight((no, { action, comparisons }) => {
    const yes = assembler.return(action);
    return comparisons.reduceRight(
      (then, comparison) => emitComparison(assembler, comparison, then, no),
      yes,
    );
  }, assembler.return(otherwise));
}
