/**
 * A comparison of an argument as instructions: BPF knows words of 32 bits, so
 * the high half is looked at first, and the low one where that settles nothing.
 *
 * @module
 */
import { type Assembler, DATA, OP, type Place } from "./bpf.ts";
import type { Comparison } from "./rules.ts";

/** A half of an argument, and what it is compared with. */
interface Half {
  /** In struct seccomp_data. */
  offset: number;
  value: number;
  /** The bits that count. */
  mask: number;
}

const ALL_BITS = 0xffff_ffff;

/** Goes on at `yes` if the comparison is true, else at `no`. */
export function emitComparison(
  assembler: Assembler,
  comparison: Comparison,
  yes: Place,
  no: Place,
): Place {
  const [high, low] = [half(comparison, 1), half(comparison, 0)];
  const ifEqual = (yes: Place, no: Place) =>
    equal(assembler, high, equal(assembler, low, yes, no), no);
  const ifAtLeast = (yes: Place, no: Place) =>
    ordered(assembler, OP.IF_AT_LEAST, [high, low], yes, no);
  const ifGreater = (yes: Place, no: Place) =>
    ordered(assembler, OP.IF_GREATER, [high, low], yes, no);
  switch (comparison.op) {
    case "SCMP_CMP_EQ":
    case "SCMP_CMP_MASKED_EQ":
      return ifEqual(yes, no);
    case "SCMP_CMP_NE":
      return ifEqual(no, yes);
    case "SCMP_CMP_GT":
      return ifGreater(yes, no);
    case "SCMP_CMP_GE":
      return ifAtLeast(yes, no);
    case "SCMP_CMP_LT":
      return ifAtLeast(no, yes);
    case "SCMP_CMP_LE":
      return ifGreater(no, yes);
  }
}

/** The low half is the first in memory on the machines rkl runs on. */
function half({ index, value, mask }: Comparison, which: 0 | 1): Half {
  const part = (word: bigint) =>
    Number(word >> BigInt(32 * which) & 0xffff_ffffn);
  return {
    offset: DATA.ARGS + 8 * index + 4 * which,
    value: part(value),
    mask: part(mask),
  };
}

/** Whether the bits that count are equal; where none does, they are. */
function equal(
  assembler: Assembler,
  { offset, value, mask }: Half,
  yes: Place,
  no: Place,
): Place {
  if (mask === 0) return yes;
  const test = assembler.branch(OP.IF_EQUAL, value, yes, no);
  const masked = mask === ALL_BITS ? test : assembler.and(mask, test);
  return assembler.load(offset, masked);
}

/** Whether the whole is above, or at least, a value. */
function ordered(
  assembler: Assembler,
  op: typeof OP.IF_GREATER | typeof OP.IF_AT_LEAST,
  [high, low]: readonly [Half, Half],
  yes: Place,
  no: Place,
): Place {
  const test = assembler.branch(op, low.value, yes, no);
  const below = assembler.load(low.offset, test);
  if (high.mask === 0) return below; // an argument of 32 bits
  const same = assembler.branch(OP.IF_EQUAL, high.value, below, no);
  const above = assembler.branch(OP.IF_GREATER, high.value, yes, same);
  return assembler.load(high.offset, above);
}
