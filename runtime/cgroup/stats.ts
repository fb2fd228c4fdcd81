/**
 * What a control group has used, read from the files of either version. A
 * figure that no mounted controller counts is undefined, not zero.
 *
 * @module
 */
import { readValue } from "./files.ts";

/** Use and limits of a cgroup. Times are microseconds, sizes bytes. */
export interface CgroupStats {
  /** Processor time. */
  cpu: {
    usageUsec?: number | undefined;
    userUsec?: number | undefined;
    systemUsec?: number | undefined;
    /** Time spent waiting for the next period, with the quota used up. */
    throttledUsec?: number | undefined;
    /** Periods that passed, and in how many the quota was used up. */
    periods?: number | undefined;
    throttledPeriods?: number | undefined;
  };
  /** Memory and swap. */
  memory: {
    usageBytes?: number | undefined;
    /** Undefined where there is no limit, as in the fields below. */
    limitBytes?: number | undefined;
    peakBytes?: number | undefined;
    /** Swap alone, without memory, on both versions. */
    swapBytes?: number | undefined;
    swapLimitBytes?: number | undefined;
    /** What can be reclaimed without swapping; `docker stats` takes it off. */
    inactiveFileBytes?: number | undefined;
    /** Processes killed for lack of memory. */
    oomKills?: number | undefined;
  };
  /** Number of tasks. */
  pids: { current?: number | undefined; limit?: number | undefined };
  /** By block device, `major:minor`; undefined where nothing counts it. */
  io?: IoStats[] | undefined;
}

/** What went to and from one block device. */
export interface IoStats {
  /** `major:minor`. */
  device: string;
  /** Bytes read. */
  readBytes: number;
  /** Bytes written. */
  writeBytes: number;
  /** Number of reads. */
  readOps: number;
  /** Number of writes. */
  writeOps: number;
}

/** v1 says "no limit" with the largest number of whole pages. */
const V1_UNLIMITED = 0x7fff_ffff_ffff_0000;

/**
 * Reads the statistics of a cgroup whose directories are `paths`: controller,
 * or "" for v2, → directory.
 */
export function readStats(paths: Record<string, string>): CgroupStats {
  const reader = (dir: string | undefined) => (file: string) =>
    dir === undefined ? undefined : readValue(`${dir}/${file}`);
  const v2 = reader(paths[""]);
  const io = paths["blkio"] === undefined
    ? parseIo(v2("io.stat"))
    : parseBlkio(reader(paths["blkio"]));
  return {
    cpu: defined({
      ...cpuacct(reader(paths["cpuacct"])),
      ...throttling(reader(paths["cpu"])("cpu.stat"), 1000),
      ...usage(v2("cpu.stat")),
    }),
    memory: defined(
      paths["memory"] === undefined
        ? memoryV2(v2)
        : memoryV1(reader(paths["memory"])),
    ),
    pids: defined(
      pids(paths["pids"] === undefined ? v2 : reader(paths["pids"])),
    ),
    ...io && { io },
  };
}

/** Just how many processes were killed for want of memory. */
export function readOomKills(
  paths: Record<string, string>,
): number | undefined {
  const { memory = paths[""] } = paths;
  const file = paths["memory"] === undefined
    ? "memory.events"
    : "memory.oom_control";
  if (memory === undefined) return undefined;
  return parseKeyed(readValue(`${memory}/${file}`)).get("oom_kill");
}

type Read = (file: string) => string | undefined;

/** A file of lines `key number`. */
function parseKeyed(text = ""): Map<string, number> {
  return new Map(
    text.split("\n").filter(Boolean).map((line) => {
      const [key = "", value] = line.split(" ");
      return [key, Number(value)];
    }),
  );
}

/** v2's cpu.stat, which every cgroup has, whatever controllers it has. */
function usage(text: string | undefined): CgroupStats["cpu"] {
  const stat = parseKeyed(text);
  return defined({
    usageUsec: stat.get("usage_usec"),
    userUsec: stat.get("user_usec"),
    systemUsec: stat.get("system_usec"),
    ...stat.has("nr_periods") && throttling(text, 1),
  });
}

/** The same keys in both versions but for the unit, v1's being nanoseconds. */
function throttling(text: string | undefined, perUsec: number) {
  const stat = parseKeyed(text);
  const time = stat.get(perUsec === 1 ? "throttled_usec" : "throttled_time");
  return defined({
    throttledUsec: time === undefined ? undefined : Math.floor(time / perUsec),
    periods: stat.get("nr_periods"),
    throttledPeriods: stat.get("nr_throttled"),
  });
}

function cpuacct(read: Read): CgroupStats["cpu"] {
  const usec = (file: string) => {
    const nanoseconds = number(read(file));
    return nanoseconds === undefined
      ? undefined
      : Math.floor(nanoseconds / 1000);
  };
  return defined({
    usageUsec: usec("cpuacct.usage"),
    userUsec: usec("cpuacct.usage_user"),
    systemUsec: usec("cpuacct.usage_sys"),
  });
}

function memoryV2(read: Read): CgroupStats["memory"] {
  return {
    usageBytes: number(read("memory.current")),
    limitBytes: limit(read("memory.max")),
    peakBytes: number(read("memory.peak")), // since Linux 5.19
    swapBytes: number(read("memory.swap.current")),
    swapLimitBytes: limit(read("memory.swap.max")),
    inactiveFileBytes: parseKeyed(read("memory.stat")).get("inactive_file"),
    oomKills: parseKeyed(read("memory.events")).get("oom_kill"),
  };
}

function memoryV1(read: Read): CgroupStats["memory"] {
  const stat = parseKeyed(read("memory.stat"));
  const limitBytes = limit(read("memory.limit_in_bytes"));
  const both = limit(read("memory.memsw.limit_in_bytes"));
  return {
    usageBytes: number(read("memory.usage_in_bytes")),
    limitBytes,
    peakBytes: number(read("memory.max_usage_in_bytes")),
    swapBytes: stat.get("total_swap") ?? stat.get("swap"),
    swapLimitBytes: both === undefined || limitBytes === undefined
      ? undefined
      : both - limitBytes,
    inactiveFileBytes: stat.get("total_inactive_file"),
    oomKills: parseKeyed(read("memory.oom_control")).get("oom_kill"),
  };
}

function pids(read: Read) {
  return {
    current: number(read("pids.current")),
    limit: limit(read("pids.max")),
  };
}

/** io.stat: lines `8:0 rbytes=1 wbytes=2 rios=3 wios=4 …`. */
function parseIo(text: string | undefined): IoStats[] | undefined {
  return text?.split("\n").filter(Boolean).map((line) => {
    const [device = "", ...pairs] = line.split(" ");
    const stat = parseKeyed(pairs.join("\n").replaceAll("=", " "));
    return {
      device,
      readBytes: stat.get("rbytes") ?? 0,
      writeBytes: stat.get("wbytes") ?? 0,
      readOps: stat.get("rios") ?? 0,
      writeOps: stat.get("wios") ?? 0,
    };
  });
}

/** Two files of lines `8:0 Read 123`; the last line is a total. */
function parseBlkio(read: Read): IoStats[] {
  const devices = new Map<string, IoStats>();
  const collect = (
    file: string,
    fields: Record<string, Exclude<keyof IoStats, "device">>,
  ) => {
    for (const line of (read(file) ?? "").split("\n")) {
      const [device = "", kind = "", value] = line.split(" ");
      const field = fields[kind];
      if (!field || !device.includes(":")) continue;
      const zero = { readBytes: 0, writeBytes: 0, readOps: 0, writeOps: 0 };
      const stat = devices.get(device) ?? { device, ...zero };
      stat[field] = Number(value);
      devices.set(device, stat);
    }
  };
  const prefix = "blkio.throttle.io_service";
  collect(`${prefix}_bytes_recursive`, {
    Read: "readBytes",
    Write: "writeBytes",
  });
  collect("blkio.throttle.io_serviced_recursive", {
    Read: "readOps",
    Write: "writeOps",
  });
  return [...devices.values()];
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** A limit, undefined where there is none. */
function limit(text: string | undefined): number | undefined {
  const value = number(text === "max" ? undefined : text);
  return value === undefined || value >= V1_UNLIMITED ? undefined : value;
}

/** Without the fields that are undefined. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as T;
}
