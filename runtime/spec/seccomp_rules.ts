/**
 * What is asked of several fields of a filter of system calls together.
 *
 * @module
 */
import type { Problem } from "../../sys/problem.ts";
import { GREATEST_ERRNO } from "../seccomp/actions.ts";
import type { Seccomp } from "./linux.ts";

/** The broken rules of a profile, with the keys that lead to them from it. */
export function* brokenSeccompRules(
  { defaultAction, defaultErrnoRet, syscalls = [] }: Seccomp,
): Iterable<Pick<Problem, "keys" | "message">> {
  const broken = errnoProblem(defaultAction, defaultErrnoRet);
  if (broken) yield { keys: ["defaultErrnoRet"], message: broken };
  for (const [index, { action, errnoRet }] of syscalls.entries()) {
    const message = errnoProblem(action, errnoRet);
    if (message) yield { keys: ["syscalls", index, "errnoRet"], message };
  }
}

/** The specification wants an error for an errno that would go nowhere. */
function errnoProblem(
  action: Seccomp["defaultAction"],
  errno: number | undefined,
): string | undefined {
  if (errno === undefined) return undefined;
  const greatest = GREATEST_ERRNO[action];
  if (greatest === undefined) {
    const names = Object.keys(GREATEST_ERRNO).join(" and ");
    return `${action} has none; leave it out, or use ${names}`;
  }
  if (errno <= greatest) return undefined;
  return `expected at most ${greatest}, got ${errno}`;
}
