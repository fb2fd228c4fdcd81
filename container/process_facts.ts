/**
 * The processes of a container, as /proc tells of them.
 *
 * @module
 */
import { openCgroup } from "../runtime/cgroup/cgroup.ts";
import { StatusError } from "../runtime/refusals.ts";
import type { Store } from "../runtime/store.ts";
import { ifThere } from "../sys/entry.ts";
import { isGone } from "../sys/process.ts";
import { find } from "./find.ts";
import { userNames } from "./users.ts";

/** What the kernel knows of a process; sizes are bytes, times are seconds. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** As the innermost pid namespace has them. */
  readonly inside: { readonly pid: number; readonly group: number };
  /** `R`, `S`, `D` …, as proc_pid_stat(5). */
  readonly state: string;
  /** The name of its program, at most 15 bytes. */
  readonly name: string;
  /** Empty for those of the kernel. */
  readonly args: readonly string[];
  readonly user: { readonly real: number; readonly effective: number };
  readonly gid: { readonly real: number; readonly effective: number };
  /** Device number of its terminal; 0 without one. */
  readonly terminal: number;
  /** Of a processor. */
  readonly cpuTime: number;
  /** Since it was started. */
  readonly elapsed: number;
  readonly nice: number;
  readonly threads: number;
  readonly virtualBytes: number;
  readonly residentBytes: number;
}

/** The processes of a container, and what numbers in them mean. */
export interface ProcessList {
  readonly processes: readonly ProcessFacts[];
  /** Names of users by number, as the host calls them. */
  readonly hostUsers: ReadonlyMap<number, string>;
  /** The same as the container calls them. */
  readonly users: ReadonlyMap<number, string>;
  readonly hostGroups: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
  readonly hostMemory: number;
}

/**
 * The processes of a container by their pids on the host.
 *
 * @throws {NoSuchContainerError | StatusError}
 */
export async function processesOf(
  store: Store,
  name: string,
): Promise<{ pids: readonly number[]; init: number }> {
  const { status, record } = await find(store, name);
  if (status === "stopped" || !record?.init) {
    const action = "list the processes of";
    throw new StatusError(action, name, status, "start it first");
  }
  const { init: { pid: init }, cgroups } = record;
  return { pids: openCgroup(cgroups).processes(), init };
}

/** All that is known of these processes; those that have ended are left out. */
export function readProcesses(
  pids: readonly number[],
  init: number,
): ProcessList {
  const uptime = Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]);
  const root = `/proc/${init}/root`;
  return {
    processes: pids.flatMap((pid) => readFacts(pid, uptime) ?? []),
    hostUsers: userNames("/", "etc/passwd"),
    users: userNames(root, "etc/passwd"),
    hostGroups: userNames("/", "etc/group"),
    groups: userNames(root, "etc/group"),
    hostMemory: Deno.systemMemoryInfo().total,
  };
}

function readFacts(pid: number, uptime: number): ProcessFacts | undefined {
  const [stat, status, cmdline] = ["stat", "status", "cmdline"].map((file) =>
    tryRead(`/proc/${pid}/${file}`)
  );
  if (stat === undefined || status === undefined || cmdline === undefined) {
    return undefined;
  }
  return parseFacts(stat, status, cmdline, uptime);
}

/** What the three files of a process say; `uptime` is the host's. */
export function parseFacts(
  stat: string,
  status: string,
  cmdline: string,
  uptime: number,
): ProcessFacts {
  // Ticks of /proc are hundredths of a second on every architecture.
  const TICKS = 100;
  const KIBI = 1024;
  // The name is in parentheses and may hold any byte, `)` and blanks too.
  const [open, close] = [stat.indexOf("("), stat.lastIndexOf(")")];
  const fields = stat.slice(close + 2).trim().split(" ");
  /** By its number in proc_pid_stat(5). */
  const field = (number: number) => Number(fields[number - 3]);
  const line = (key: string) =>
    (new RegExp(`^${key}:\\s+(.*)$`, "m").exec(status)?.[1] ?? "").split(/\s+/)
      .map(Number);
  const [uids, gids] = [line("Uid"), line("Gid")];
  return {
    pid: Number(stat.slice(0, open)),
    parent: field(4),
    group: field(5),
    session: field(6),
    inside: {
      pid: line("NSpid").at(-1) ?? 0,
      group: line("NSpgid").at(-1) ?? 0,
    },
    state: fields[0]!,
    name: stat.slice(open + 1, close),
    args: cmdline.split("\0").slice(0, -1),
    user: { real: uids[0]!, effective: uids[1]! },
    gid: { real: gids[0]!, effective: gids[1]! },
    terminal: field(7),
    cpuTime: (field(14) + field(15)) / TICKS,
    elapsed: Math.max(0, uptime - field(22) / TICKS),
    nice: field(19),
    threads: field(20),
    virtualBytes: field(23),
    residentBytes: line("VmRSS")[0]! * KIBI,
  };
}

/** A process that has ended has no files, or such that say nothing. */
function tryRead(path: string): string | undefined {
  try {
    return ifThere(path, () => Deno.readTextFileSync(path));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
