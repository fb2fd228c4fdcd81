/**
 * What is to be made for the control group of a container: directories and the
 * values to write into them. Nothing is touched here.
 *
 * @module
 */
import {
  DEFAULT_DEVICES,
  deviceLimits,
  type DevicePolicy,
  parseDevices,
} from "./devices.ts";
import { CgroupError } from "./errors.ts";
import { PARENT, V1_ENTRANCE } from "./files.ts";
import type { Hierarchies } from "./hierarchies.ts";
import { type Limit, SECTIONS } from "./limits.ts";
import type { LinuxResources } from "./resources.ts";

/** One value to write into a file of a cgroup. */
export interface CgroupWrite {
  /** Absolute path. */
  file: string;
  /** What to write, in one write(2). */
  value: string;
  /** What it limits, in words. */
  what: string;
  /** Controller of the limit; "" for what every cgroup of v2 has. */
  controller: string;
  /** What to write where this kernel has no such `file`. */
  instead?: { file: string; value: string };
}

/** A control group, as it is to be made. */
export interface CgroupPlan {
  /** Directories to make where they are missing, parents first. */
  dirs: string[];
  /**
   * Controllers to enable for the children of a v2 directory, parents first. A
   * limit needs those that are required; the others are for statistics.
   */
  enable: { file: string; controllers: string[]; required: string[] }[];
  /**
   * Directories of v1's cpuset, parents first. A new one has no processors and
   * no memory, and takes no processes until it is given its parent's.
   */
  inherit: string[];
  /** The limits, in order. */
  writes: CgroupWrite[];
  /** The rules for the device program of v2, where v1 does not enforce them. */
  devices?: DevicePolicy;
  /**
   * The directory of the unified hierarchy, for CLONE_INTO_CGROUP. On a hybrid
   * host it limits nothing, but kills, freezes and counts processor time.
   */
  into?: string;
  /** v1 files into which a process writes "0": see {@linkcode V1_ENTRANCE}. */
  join: string[];
  /** Controller, or "" for the unified hierarchy, → the cgroup's directory. */
  paths: Record<string, string>;
  /** What the specification says to ignore, with a word to the user. */
  warnings: string[];
}

/**
 * The controllers a container gets without asking: memory and pids, because its
 * statistics and the count of out-of-memory kills need them. On v1, a hierarchy
 * costs a container 60 to 100 µs (mkdir 15–50, entering 20–50, rmdir 15–30,
 * measured on Linux 6.18) of the 3 ms it takes in all; hence these two and not
 * blkio. On v2 there is one directory whatever is enabled in it, and I/O is
 * counted as well.
 */
const ALWAYS = { v1: ["memory", "pids"], v2: ["memory", "pids", "io"] };

/** Without v2, freezing and counting processor time need hierarchies too. */
const ALWAYS_WITHOUT_UNIFIED = ["freezer", "cpuacct"];

/**
 * Plans the cgroup at `path`, which is absolute from the mount points of the
 * hierarchies, or relative to their directory `rkl`.
 *
 * @throws {CgroupError} for a path that could leave the hierarchy, and for a
 * limit that this host cannot enforce
 */
export function planCgroup(
  h: Hierarchies,
  path: string,
  resources: LinuxResources = {},
): CgroupPlan {
  const cgroup = cgroupPath(path);
  const v2 = h.unified?.controllers ?? new Set<string>();
  const enabled = new Set(ALWAYS.v2.filter((name) => v2.has(name)));
  const v1 = new Set(ALWAYS.v1.filter((name) => !v2.has(name)));
  if (!h.unified) ALWAYS_WITHOUT_UNIFIED.forEach((name) => v1.add(name));
  const limits: (Limit & { version: "v1" | "v2"; controller: string })[] = [];

  for (const section of SECTIONS) {
    if (section.v2 && v2.has(section.v2)) {
      for (const limit of section.limits(resources, "v2")) {
        enabled.add(section.v2);
        limits.push({ ...limit, version: "v2", controller: section.v2 });
      }
    } else if (section.v1) {
      for (const limit of section.limits(resources, "v1")) {
        if (!h.v1.has(section.v1)) throw absent(h, limit, section.v1);
        v1.add(section.v1);
        limits.push({ ...limit, version: "v1", controller: section.v1 });
      }
    }
  }
  let devices: DevicePolicy | undefined;
  if (resources.devices?.length) {
    const policy = parseDevices([...resources.devices, ...DEFAULT_DEVICES]);
    const what = "device rules";
    if (h.v1.has("devices")) {
      v1.add("devices");
      for (const limit of deviceLimits(policy)) {
        limits.push({ ...limit, version: "v1", controller: "devices" });
      }
    } else if (h.unified) devices = policy;
    else throw absent(h, { what, file: "devices.deny", value: "a" }, "devices");
  }
  for (const limit of unifiedLimits(h, resources.unified ?? {})) {
    if (limit.controller) enabled.add(limit.controller);
    limits.push({ ...limit, version: "v2" });
  }

  const required = [...enabled].filter((name) =>
    limits.some((l) => l.version === "v2" && l.controller === name)
  );
  const paths: Record<string, string> = {};
  if (h.unified) paths[""] = join(h.unified.mount, cgroup);
  for (const name of v1) {
    const hierarchy = h.v1.get(name);
    if (hierarchy) paths[name] = join(hierarchy.mount, cgroup);
  }
  const mounts = new Set([
    ...h.unified ? [h.unified.mount] : [],
    ...[...v1].flatMap((name) => h.v1.get(name)?.mount ?? []),
  ]);
  return {
    dirs: [...mounts].flatMap((mount) => ancestry(mount, cgroup)),
    enable: h.unified && enabled.size > 0
      ? [h.unified.mount, ...ancestry(h.unified.mount, cgroup).slice(0, -1)]
        .map((dir) => ({
          file: `${dir}/cgroup.subtree_control`,
          controllers: [...enabled],
          required,
        }))
      : [],
    inherit: v1.has("cpuset")
      ? ancestry(h.v1.get("cpuset")!.mount, cgroup)
      : [],
    writes: limits.map(({ version, file, instead, ...limit }) => {
      const dir = paths[version === "v2" ? "" : limit.controller]!;
      const write = { ...limit, file: `${dir}/${file}` };
      if (!instead) return write;
      return {
        ...write,
        instead: { ...instead, file: `${dir}/${instead.file}` },
      };
    }),
    ...devices && { devices },
    ...h.unified && { into: paths[""]! },
    join: [
      ...new Set(
        Object.entries(paths).filter(([name]) => name).map(([, dir]) => dir),
      ),
    ]
      .map((dir) => `${dir}/${V1_ENTRANCE}`),
    paths,
    warnings: resources.memory?.kernel
      ? [
        "memory.kernel is ignored: Linux 5.16 removed the limit of kernel memory",
      ]
      : [],
  };
}

/**
 * The absolute path of a cgroup below the mount points, from an OCI
 * `cgroupsPath`: `/a/b` as it is, `b` as `/rkl/b`.
 *
 * @throws {CgroupError} for systemd's notation and for a path with empty, "."
 * or ".." components
 */
export function cgroupPath(path: string): string {
  if (/^[^/]*:[^/]*:[^/]*$/.test(path)) {
    throw new CgroupError(
      `cannot use the cgroup path "${path}": it is in systemd's notation, ` +
        "slice:prefix:name, and rkl manages cgroups by their directories; " +
        "give a path such as /rkl/name",
    );
  }
  const parts = path.replace(/^\//, "").split("/");
  if (parts.some((part) => ["", ".", ".."].includes(part))) {
    throw new CgroupError(
      `cannot use the cgroup path "${path}": every component must be a name, ` +
        'neither empty nor "." nor ".."; give a path such as /rkl/name',
    );
  }
  return `${path.startsWith("/") ? "" : PARENT}/${parts.join("/")}`;
}

/** The directories of `cgroup` below `mount`, parents first. */
function ancestry(mount: string, cgroup: string): string[] {
  const parts = cgroup.split("/").slice(1);
  return parts.map((_, i) =>
    join(mount, `/${parts.slice(0, i + 1).join("/")}`)
  );
}

function join(mount: string, cgroup: string): string {
  return mount === "/" ? cgroup : mount + cgroup;
}

/**
 * The entries of `unified`, which name files of v2. A file that takes one
 * device at a time, such as io.max, is written once for each line.
 */
function unifiedLimits(h: Hierarchies, unified: Record<string, string>) {
  return Object.entries(unified).flatMap(([file, text]) => {
    const what = `unified["${file}"]`;
    const [controller = ""] = file.split(".");
    if (!/^[a-zA-Z0-9_.-]+$/.test(file) || !file.includes(".")) {
      throw new CgroupError(
        `cannot set ${what}: it must be the name of a file, such as memory.high`,
        { what, value: text },
      );
    }
    const limit = { what, file, value: text };
    if (!h.unified) throw absent(h, limit, controller);
    const core = controller === "cgroup";
    if (!core && !h.unified.controllers.has(controller)) {
      throw absent(h, limit, controller);
    }
    return text.trim().split("\n").map((value) => ({
      ...limit,
      value,
      controller: core ? "" : controller,
    }));
  });
}

/** A limit whose controller this host does not have, or not in that version. */
function absent(h: Hierarchies, limit: Limit, controller: string): CgroupError {
  const v2 = [...h.unified?.controllers ?? []].sort();
  const has = [
    ...h.unified ? [`v2 with ${v2.join(" ") || "no controllers"}`] : [],
    ...h.v1.size > 0 ? [`v1 with ${[...h.v1.keys()].sort().join(" ")}`] : [],
  ];
  const version = limit.what.startsWith("unified") ? "v2's " : "";
  return new CgroupError(
    `cannot set ${limit.what} to ${limit.value}: it needs ${version}controller ` +
      `${controller}, and this host has cgroup ${has.join(" and ")}`,
    { what: limit.what, value: limit.value, controller },
  );
}
