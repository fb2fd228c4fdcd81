/**
 * OCI resource limits as the files and values of a controller, for both
 * versions of cgroups. Names of files are relative to the container's cgroup.
 *
 * The files are described in the kernel's admin-guide/cgroup-v2.rst and
 * admin-guide/cgroup-v1/.
 *
 * @module
 */
import { CgroupError } from "./errors.ts";
import { blockIOLimits } from "./block_io.ts";
import type { LinuxResources } from "./resources.ts";

/** Cgroup version that a controller is found in. */
export type Version = "v1" | "v2";

/** One value to be written. */
export interface Limit {
  /** What it limits, in words; part of the message when it cannot be set. */
  what: string;
  /** Name of the file in the container's cgroup. */
  file: string;
  /** What to write into it. */
  value: string;
  /** What to write where this kernel has no such `file`. */
  instead?: Omit<Limit, "what">;
}

/** A controller under its two names and the limits that need it. */
export interface Section {
  /** Its name in v1. */
  v1?: string;
  /** Its name in v2. */
  v2?: string;
  /** The limits that `resources` has for it, in order. */
  limits(resources: LinuxResources, version: Version): Limit[];
}

/** Every controller that OCI has a limit for, in the order they are set. */
export const SECTIONS: Section[] = [
  { v1: "cpuset", v2: "cpuset", limits: cpusetLimits },
  { v1: "cpu", v2: "cpu", limits: cpuLimits },
  { v1: "memory", v2: "memory", limits: memoryLimits },
  { v1: "pids", v2: "pids", limits: pidsLimits },
  { v1: "blkio", v2: "io", limits: blockIOLimits },
  { v1: "hugetlb", v2: "hugetlb", limits: hugepageLimits },
  { v1: "rdma", v2: "rdma", limits: rdmaLimits },
  { v1: "net_cls", limits: classLimits },
  { v1: "net_prio", limits: priorityLimits },
];

/**
 * Turns the cpu.shares of v1 (2 to 262144, usually 1024) into the cpu.weight of
 * v2 (1 to 10000, usually 100): a curve through the ends and the defaults of
 * both, w = 10^((l² + 125·l) / 612 − 7/34) with l = log₂ shares, as decided in
 * kubernetes issue 131216 and used by runc from 1.3.2 and crun from 1.23. Zero
 * is "not set" and stays zero.
 */
export function sharesToWeight(shares: number): number {
  if (shares <= 0) return 0;
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const l = Math.log2(shares);
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}

/** What is limited by processor time. Zero means "not set" in all of them. */
function cpuLimits({ cpu = {} }: LinuxResources, version: Version): Limit[] {
  const { shares, quota, period, burst, idle } = cpu;
  if (quota && quota > 0 && burst && burst > quota) {
    throw new CgroupError(
      `cannot set a cpu burst of ${burst} µs: it is above the quota of ${quota} µs`,
      { what: "cpu burst", value: String(burst), controller: "cpu" },
    );
  }
  const limits: Limit[] = [];
  const v1 = version === "v1";
  if (shares) {
    const weight = sharesToWeight(shares);
    limits.push(
      v1
        ? { what: "cpu shares", file: "cpu.shares", value: text(shares) }
        : { what: "cpu shares", file: "cpu.weight", value: text(weight) },
    );
  }
  if (v1) {
    if (period) {
      const file = "cpu.cfs_period_us";
      limits.push({ what: "cpu period", file, value: text(period) });
    }
    if (quota) {
      const file = "cpu.cfs_quota_us";
      limits.push({ what: "cpu quota", file, value: orMax(quota, "-1") });
    }
  } else if (quota || period) {
    // Without the second number, the period stays as it is.
    const value = orMax(quota || -1, "max") + (period ? ` ${period}` : "");
    limits.push({ what: "cpu quota", file: "cpu.max", value });
  }
  if (burst !== undefined) {
    const file = v1 ? "cpu.cfs_burst_us" : "cpu.max.burst";
    limits.push({ what: "cpu burst", file, value: text(burst) });
  }
  limits.push(...realtimeLimits(cpu, version));
  // An idle group takes no weight, so this comes after it.
  if (idle !== undefined) {
    limits.push({ what: "cpu idle", file: "cpu.idle", value: text(idle) });
  }
  return limits;
}

function realtimeLimits(
  cpu: NonNullable<LinuxResources["cpu"]>,
  version: Version,
): Limit[] {
  const { realtimePeriod, realtimeRuntime } = cpu;
  if (!realtimePeriod && !realtimeRuntime) return [];
  if (version === "v2") throw onlyV1("cpu.realtimeRuntime", "cpu");
  const limits: Limit[] = [];
  if (realtimePeriod) {
    limits.push({
      what: "cpu real-time period",
      file: "cpu.rt_period_us",
      value: text(realtimePeriod),
    });
  }
  if (realtimeRuntime) {
    limits.push({
      what: "cpu real-time runtime",
      file: "cpu.rt_runtime_us",
      value: text(realtimeRuntime),
    });
  }
  return limits;
}

function cpusetLimits({ cpu = {} }: LinuxResources): Limit[] {
  const limits: Limit[] = [];
  if (cpu.cpus) {
    limits.push({ what: "cpus", file: "cpuset.cpus", value: cpu.cpus });
  }
  if (cpu.mems) {
    limits.push({ what: "memory nodes", file: "cpuset.mems", value: cpu.mems });
  }
  return limits;
}

function memoryLimits(
  { memory = {} }: LinuxResources,
  version: Version,
): Limit[] {
  const { limit, reservation, swappiness, disableOOMKiller } = memory;
  const swap = memorySwap(memory);
  const limits: Limit[] = [];
  const add = (what: string, file: string, value: string) =>
    limits.push({ what, file, value });
  if (version === "v2") {
    if (limit) add("memory limit", "memory.max", orMax(limit, "max"));
    if (swap) {
      // v1 and OCI count memory and swap together, v2 swap alone.
      const alone = swap < 0 ? "max" : text(swap - limit!);
      add("swap limit", "memory.swap.max", alone);
    }
    if (reservation) {
      add("memory reservation", "memory.low", orMax(reservation, "max"));
    }
    if (swappiness !== undefined) throw onlyV1("memory.swappiness", "memory");
    if (disableOOMKiller) throw onlyV1("memory.disableOOMKiller", "memory");
    if (memory.kernelTCP) throw onlyV1("memory.kernelTCP", "memory");
    if (memory.useHierarchy === false) {
      throw onlyV1("memory.useHierarchy: false", "memory");
    }
    return limits;
  }
  // The kernel wants limit ≤ limit with swap at every moment. In a new cgroup
  // this order does it; in an old one, a refused write is made again after the
  // others.
  if (limit) {
    add("memory limit", "memory.limit_in_bytes", orMax(limit, "-1"));
  }
  if (swap) {
    add("swap limit", "memory.memsw.limit_in_bytes", orMax(swap, "-1"));
  }
  if (reservation) {
    const file = "memory.soft_limit_in_bytes";
    add("memory reservation", file, orMax(reservation, "-1"));
  }
  if (memory.kernelTCP) {
    const file = "memory.kmem.tcp.limit_in_bytes";
    add("kernel TCP memory limit", file, orMax(memory.kernelTCP, "-1"));
  }
  if (swappiness !== undefined) {
    add("swappiness", "memory.swappiness", text(swappiness));
  }
  if (disableOOMKiller) {
    add("out-of-memory killer", "memory.oom_control", "1");
  }
  if (memory.useHierarchy !== undefined) {
    const value = memory.useHierarchy ? "1" : "0";
    add("memory hierarchy", "memory.use_hierarchy", value);
  }
  return limits;
}

/**
 * The limit of memory and swap together, undefined where there is none to set.
 * Without a limit on memory there is nothing to limit their sum by.
 */
function memorySwap(
  { limit, swap }: NonNullable<LinuxResources["memory"]>,
): number | undefined {
  if (!swap) return limit && limit < 0 ? -1 : undefined;
  if (swap < 0) return -1;
  const wrong = !limit
    ? "there is no memory limit, and swap counts memory and swap together"
    : limit < 0
    ? "memory is unlimited, and swap counts memory and swap together"
    : swap < limit
    ? `it is below the memory limit of ${limit}, which it includes`
    : undefined;
  if (!wrong) return swap;
  throw new CgroupError(`cannot set a memory swap limit of ${swap}: ${wrong}`, {
    what: "swap limit",
    value: String(swap),
    controller: "memory",
  });
}

function pidsLimits({ pids }: LinuxResources): Limit[] {
  if (pids?.limit === undefined) return [];
  const value = pids.limit > 0 ? text(pids.limit) : "max";
  return [{ what: "pids limit", file: "pids.max", value }];
}

/** Reservation limits where the kernel has them (5.7), else at page faults. */
function hugepageLimits(
  { hugepageLimits = [] }: LinuxResources,
  version: Version,
): Limit[] {
  const end = version === "v1" ? "limit_in_bytes" : "max";
  return hugepageLimits.map(({ pageSize, limit }) => {
    const what = `${pageSize} huge page limit`;
    const value = text(limit);
    if (!/^\d+[KMGT]B$/.test(pageSize)) {
      throw new CgroupError(
        `cannot limit huge pages of size "${pageSize}": sizes look like 2MB or 1GB`,
        { what, value, controller: "hugetlb" },
      );
    }
    const file = `hugetlb.${pageSize}`;
    const instead = { file: `${file}.${end}`, value };
    return { what, file: `${file}.rsvd.${end}`, value, instead };
  });
}

function rdmaLimits({ rdma = {} }: LinuxResources): Limit[] {
  return Object.entries(rdma).map(([device, { hcaHandles, hcaObjects }]) => {
    const words = [device];
    if (hcaHandles !== undefined) words.push(`hca_handle=${hcaHandles}`);
    if (hcaObjects !== undefined) words.push(`hca_object=${hcaObjects}`);
    const value = words.join(" ");
    return { what: `RDMA limit of ${device}`, file: "rdma.max", value };
  });
}

function classLimits({ network }: LinuxResources): Limit[] {
  if (!network?.classID) return [];
  const value = text(network.classID);
  return [{ what: "network class", file: "net_cls.classid", value }];
}

function priorityLimits({ network }: LinuxResources): Limit[] {
  return (network?.priorities ?? []).map(({ name, priority }) => ({
    what: `network priority of ${name}`,
    file: "net_prio.ifpriomap",
    value: `${name} ${priority}`,
  }));
}

/** Decimal digits, also for numbers that JavaScript would print as 1e21. */
function text(number: number): string {
  return BigInt(number).toString();
}

function orMax(number: number, max: string): string {
  return number < 0 ? max : text(number);
}

function onlyV1(field: string, controller: string): CgroupError {
  return new CgroupError(
    `cannot set ${field}: cgroup v2 has no such thing, only v1 has, and this ` +
      `host's ${controller} controller is v2`,
    { what: field, controller },
  );
}
