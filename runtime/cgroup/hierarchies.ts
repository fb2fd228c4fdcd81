/**
 * Where this host keeps its control groups: one unified hierarchy (v2), one
 * hierarchy for each controller or group of controllers (v1), or both (hybrid).
 * It is read from mountinfo, because any distribution may mount them anywhere.
 *
 * @module
 */
import { parseMounts } from "../../sys/mountinfo.ts";
import { CgroupError } from "./errors.ts";

/** One mounted hierarchy. */
export interface Hierarchy {
  /** Its mount point. */
  mount: string;
  /**
   * mountinfo's root field: the cgroup that the mount point shows. Inside a
   * container it is the container's own, and paths below the mount point are
   * relative to it.
   */
  root: string;
}

/** The hierarchies of a host. */
export interface Hierarchies {
  /** Which versions are mounted; "hybrid" is both. */
  mode: "v2" | "v1" | "hybrid";
  /** The v2 hierarchy and the controllers that it offers at its mount point. */
  unified?: Hierarchy & { controllers: Set<string> };
  /** Controller → its v1 hierarchy. Controllers mounted together share one. */
  v1: Map<string, Hierarchy>;
}

/** The controllers of v1, by which they are told from other mount options. */
const V1_CONTROLLERS = new Set([
  "blkio",
  "cpu",
  "cpuacct",
  "cpuset",
  "devices",
  "freezer",
  "hugetlb",
  "memory",
  "misc",
  "net_cls",
  "net_prio",
  "perf_event",
  "pids",
  "rdma",
]);

/**
 * Reads the hierarchies of the calling process.
 *
 * @throws {CgroupError} where no cgroup file system is mounted
 */
export function discoverHierarchies(): Hierarchies {
  const found = parseHierarchies(
    Deno.readTextFileSync("/proc/self/mountinfo"),
    Deno.readTextFileSync("/proc/self/cgroup"),
  );
  if (found.unified) {
    const file = `${found.unified.mount}/cgroup.controllers`;
    const words = Deno.readTextFileSync(file).trim().split(" ");
    found.unified.controllers = new Set(words.filter(Boolean));
  }
  return found;
}

/**
 * Finds the hierarchies in the text of mountinfo. `selfCgroup`, the text of
 * /proc/self/cgroup, settles which mount to use where a hierarchy is mounted
 * more than once: the widest that the process itself is below. The controllers
 * of the unified hierarchy are in a file of it, and left empty here.
 *
 * @throws {CgroupError} where no cgroup file system is mounted
 */
export function parseHierarchies(
  mountinfo: string,
  selfCgroup = "",
): Hierarchies {
  const own = parseOwn(selfCgroup);
  const candidates = new Map<string, Hierarchy[]>();
  const mounts = parseMounts(mountinfo, "cgroup"); // and cgroup2
  for (const { type, options, mount, root } of mounts) {
    const place = { mount, root };
    const names = type === "cgroup2"
      ? [""]
      : options.filter((name) => V1_CONTROLLERS.has(name));
    for (const name of names) {
      candidates.set(name, [...candidates.get(name) ?? [], place]);
    }
  }
  const v1 = new Map<string, Hierarchy>();
  let unified: Hierarchies["unified"];
  for (const [name, places] of candidates) {
    const best = widest(places, own.get(name) ?? "/");
    if (name === "") unified = { ...best, controllers: new Set() };
    else v1.set(name, best);
  }
  if (!unified && v1.size === 0) {
    throw new CgroupError(
      "cannot find a cgroup file system in /proc/self/mountinfo: mount one " +
        "with `mount -t cgroup2 none /sys/fs/cgroup`",
    );
  }
  if (!unified) return { mode: "v1", v1 };
  return { mode: v1.size === 0 ? "v2" : "hybrid", unified, v1 };
}

/** Controller, or "" for v2, → own cgroup, from the lines of cgroups(7). */
function parseOwn(selfCgroup: string): Map<string, string> {
  const own = new Map<string, string>();
  for (const line of selfCgroup.split("\n")) {
    // 4:memory:/some/path, and 0::/some/path for v2
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const name of controllers.split(",")) own.set(name, path);
  }
  return own;
}

/** The place that shows most of the hierarchy around the cgroup `own`. */
function widest(places: Hierarchy[], own: string): Hierarchy {
  const around = places.filter(({ root }) =>
    root === "/" || own === root || own.startsWith(`${root}/`)
  );
  const among = around.length > 0 ? around : places;
  return among.reduce((best, place) =>
    place.root.length < best.root.length ? place : best
  );
}
