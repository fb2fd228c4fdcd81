/**
 * A profile of system calls in words, for `--dry-run`.
 *
 * @module
 */
import type { Seccomp, SeccompComparison, SeccompRule } from "../spec.ts";

/** What a profile does with which calls, a line a rule. */
export function describeSeccomp(seccomp: Seccomp): string[] {
  const { architectures = [], syscalls = [] } = seccomp;
  const native = architectures.length === 0 ? ["the host's own"] : [];
  const where = [...native, ...architectures].map((name) =>
    name.replace("SCMP_ARCH_", "").toLowerCase()
  );
  return [
    ...syscalls.map((rule) => `seccomp: ${describeRule(rule)}`),
    `seccomp: ${
      action(seccomp.defaultAction, seccomp.defaultErrnoRet)
    }: all other calls of ${where.join(", ")}`,
  ];
}

function describeRule(
  { names, action: name, errnoRet, args = [] }: SeccompRule,
) {
  const indexes = new Set(args.map(({ index }) => index));
  // Comparisons of one argument are alternatives, as runc has it.
  const joined = indexes.size < args.length ? " or " : " and ";
  const when = args.length > 0
    ? ` if ${args.map(describeComparison).join(joined)}`
    : "";
  return `${action(name, errnoRet)}: ${names.join(" ")}${when}`;
}

function action(name: string, errno: number | undefined): string {
  const short = name.replace("SCMP_ACT_", "");
  return errno === undefined ? short : `${short}(${errno})`;
}

const SIGNS: Readonly<Record<SeccompComparison["op"], string>> = {
  SCMP_CMP_NE: "!=",
  SCMP_CMP_LT: "<",
  SCMP_CMP_LE: "<=",
  SCMP_CMP_EQ: "==",
  SCMP_CMP_GE: ">=",
  SCMP_CMP_GT: ">",
  SCMP_CMP_MASKED_EQ: "&",
};

function describeComparison(
  { index, op, value, valueTwo = 0 }: SeccompComparison,
) {
  const text = `arg${index} ${SIGNS[op]} ${value}`;
  return op === "SCMP_CMP_MASKED_EQ" ? `(${text}) == ${valueTwo}` : text;
}
