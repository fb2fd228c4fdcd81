/**
 * A limit that the kernel refuses, told by the flag that asked for it. Loaded
 * only when there is one.
 *
 * @module
 */
import { CgroupError } from "../../runtime/cgroup/errors.ts";
import { long } from "../flags.ts";

/** What {@linkcode CgroupError} calls a limit, and the flags it comes from. */
const SOURCES: readonly (readonly [what: RegExp, flags: readonly string[]])[] =
  [
    [/^memory limit$/, ["memory"]],
    [/^swap limit$/, ["memorySwap", "memory"]],
    [/^memory reservation$/, ["memoryReservation"]],
    [/swappiness$/, ["memorySwappiness"]],
    [/^out-of-memory killer$|disableOOMKiller$/, ["oomKillDisable"]],
    [/^cpu shares$/, ["cpuShares"]],
    [/^cpu period$/, ["cpuPeriod", "cpus"]],
    [/^cpu quota$/, ["cpuQuota", "cpus", "cpuPeriod"]],
    [/^cpu real-time period$/, ["cpuRtPeriod"]],
    [/realtimeRuntime$|real-time runtime$/, ["cpuRtRuntime", "cpuRtPeriod"]],
    [/^cpus$/, ["cpusetCpus"]],
    [/^memory nodes$/, ["cpusetMems"]],
    [/^pids limit$/, ["pidsLimit"]],
    [/^block I\/O weight of /, ["blkioWeightDevice"]],
    [/^block I\/O weight$/, ["blkioWeight"]],
    [/^limit of read bytes /, ["deviceReadBps"]],
    [/^limit of write bytes /, ["deviceWriteBps"]],
    [/^limit of reads /, ["deviceReadIops"]],
    [/^limit of writes /, ["deviceWriteIops"]],
    [/^device rule/, ["deviceCgroupRule", "device"]],
  ];

/** The error that names the flag, or the error as it is. */
export function namedByFlag(error: CgroupError, flags: object): CgroupError {
  const { what = "" } = error;
  const sources = SOURCES.find(([limit]) => limit.test(what))?.[1] ?? [];
  const flag = sources.find((name) => isGiven(flags, name));
  if (flag === undefined) return error;
  return new CgroupError(`${long(flag)}: ${error.message}`, {
    ...error,
    cause: error.cause,
  });
}

function isGiven(flags: object, name: string): boolean {
  const value = (flags as Record<string, unknown>)[name];
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}
