/**
 * A limit that the kernel refuses, told by the flag that asked for it.
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

/** Does something with limits that `flags` ask for; its failure names them. */
export async function namingFlags<T>(
  flags: object,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof CgroupError)) throw error;
    const { what = "" } = error;
    const sources = SOURCES.find(([limit]) => limit.test(what))?.[1] ?? [];
    const flag = sources.find((name) => isGiven(flags, name));
    if (flag === undefined) throw error;
    throw new CgroupError(`${long(flag)}: ${error.message}`, {
      ...error,
      cause: error.cause,
    });
  }
}

function isGiven(flags: object, name: string): boolean {
  const value = (flags as Record<string, unknown>)[name];
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}
