/**
 * Namespaces: their names in config.json, in /proc/PID/ns and in the flags of
 * clone3(2).
 *
 * @module
 */
import type { Config } from "./spec.ts";

/** Flags of clone3(2), from linux/sched.h. */
export const CLONE = {
  VM: 0x100,
  PIDFD: 0x1000,
  VFORK: 0x4000,
  PARENT: 0x8000,
  NEWTIME: 0x80,
  NEWNS: 0x20000,
  NEWCGROUP: 0x2000000,
  NEWUTS: 0x4000000,
  NEWIPC: 0x8000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
  CLEAR_SIGHAND: 0x1_0000_0000,
  INTO_CGROUP: 0x2_0000_0000,
} as const;

/** A namespace type as runtime-spec names it. */
export type NamespaceType =
  | "user"
  | "pid"
  | "network"
  | "ipc"
  | "uts"
  | "mount"
  | "cgroup"
  | "time";

/** Flag and file of each type, in the order in which they are joined. */
export const NAMESPACES: ReadonlyMap<
  NamespaceType,
  { flag: number; file: string; name: string }
> = new Map([
  ["user", { flag: CLONE.NEWUSER, file: "user", name: "CLONE_NEWUSER" }],
  ["pid", { flag: CLONE.NEWPID, file: "pid", name: "CLONE_NEWPID" }],
  ["network", { flag: CLONE.NEWNET, file: "net", name: "CLONE_NEWNET" }],
  ["ipc", { flag: CLONE.NEWIPC, file: "ipc", name: "CLONE_NEWIPC" }],
  ["uts", { flag: CLONE.NEWUTS, file: "uts", name: "CLONE_NEWUTS" }],
  ["cgroup", {
    flag: CLONE.NEWCGROUP,
    file: "cgroup",
    name: "CLONE_NEWCGROUP",
  }],
  ["time", { flag: CLONE.NEWTIME, file: "time", name: "CLONE_NEWTIME" }],
  // Last, since it changes what every later path means.
  ["mount", { flag: CLONE.NEWNS, file: "mnt", name: "CLONE_NEWNS" }],
]);

/** Which namespaces a container gets new, and which it joins by path. */
export interface NamespacePlan {
  /** Made by clone3 itself. */
  cloneFlags: number;
  /** Made later, by unshare(2): see {@linkcode planNamespaces}. */
  unshareFlags: number;
  joined: { type: NamespaceType; path: string }[];
  has: (type: NamespaceType) => boolean;
  isNew: (type: NamespaceType) => boolean;
}

/**
 * Splits the namespaces of a config. A new cgroup namespace is rooted where
 * its maker is, so it is made once the process is in its cgroup; a time
 * namespace takes offsets only before anything runs in it, so it too is
 * unshared (and entered by the exec that follows).
 */
export function planNamespaces(config: Config): NamespacePlan {
  const list = config.linux?.namespaces ?? [];
  const late = CLONE.NEWCGROUP | CLONE.NEWTIME;
  let made = 0;
  const joined: NamespacePlan["joined"] = [];
  const order = [...NAMESPACES.keys()];
  for (const { type, path } of list) {
    if (path) joined.push({ type, path });
    else made |= NAMESPACES.get(type)!.flag;
  }
  joined.sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
  const flag = (type: NamespaceType) => NAMESPACES.get(type)!.flag;
  return {
    cloneFlags: made & ~late,
    unshareFlags: made & late,
    joined,
    has: (type) => list.some((entry) => entry.type === type),
    isNew: (type) => (made & flag(type)) !== 0,
  };
}

/** `CLONE_NEWPID|CLONE_NEWNS`, as strace writes it. */
export function nameCloneFlags(flags: number): string {
  const names = [...NAMESPACES.values()]
    .filter(({ flag }) => (flags & flag) !== 0)
    .map(({ name }) => name);
  return names.join("|") || "0";
}
