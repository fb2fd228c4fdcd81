/**
 * What a filter answers, as the kernel takes it.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import type { SECCOMP_ACTIONS } from "../spec/tables.ts";

/** The name of an action in config.json. */
export type ActionName = typeof SECCOMP_ACTIONS[number];

/** SECCOMP_RET_… of linux/seccomp.h. */
export const ACTIONS: Readonly<Record<ActionName, number>> = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
};

/** The greatest `errnoRet` of the actions that have one. */
export const GREATEST_ERRNO: Partial<Readonly<Record<ActionName, number>>> = {
  SCMP_ACT_ERRNO: 4095, // MAX_ERRNO: what is above arrives as this
  SCMP_ACT_TRACE: 0xffff, // SECCOMP_RET_DATA, for the tracer
};

/** What a call gets that is newer than the profile. */
export const NO_SUCH_CALL = ACTIONS.SCMP_ACT_ERRNO | ERRNO.ENOSYS!;

/** What a call gets by way of an architecture the filter does not speak of. */
export const BAD_ARCHITECTURE = ACTIONS.SCMP_ACT_KILL_THREAD;

/** The value a filter returns for an action; EPERM where no errno is given. */
export function actionValue(name: ActionName, errno?: number): number {
  const value = ACTIONS[name];
  if (GREATEST_ERRNO[name] === undefined) return value;
  return value | (errno ?? ERRNO.EPERM!);
}

/**
 * Whether calls that the profile does not name run, or are in the hands of a
 * tracer, which knows better than to be answered ENOSYS.
 */
export function isPermissive(name: ActionName): boolean {
  return ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"].includes(name);
}
