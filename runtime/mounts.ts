/**
 * `mounts` of a config as steps: new filesystems, binds, and the cgroup
 * filesystem, which looks different on every kind of host.
 *
 * @module
 */
import { resolvePath } from "../sys/path.ts";
import type { Facts } from "./plan.ts";
import { PlanError } from "./plan_error.ts";
import { type MountOptions, MS, parseMountOptions } from "./mount_options.ts";
import type { NamespacePlan } from "./namespaces.ts";
import type { Config } from "./spec.ts";
import type { MountAttributes, Step } from "./steps.ts";

type Mount = NonNullable<Config["mounts"]>[number];

/** The steps that make the mounts of a config, in its order. */
export function planMounts(
  config: Config,
  facts: Facts,
  namespaces: NamespacePlan,
): Step[] {
  return (config.mounts ?? []).flatMap((mount) => {
    const options = parseMountOptions(mount.options ?? []);
    // Not by its index: what a config was made from has other mounts.
    const field = `the mount at ${mount.destination}`;
    if (options.copyUp) {
      throw new PlanError(
        `${field}: option "tmpcopyup" is not supported; mount the tmpfs ` +
          "without it, or bind a directory that has the content",
      );
    }
    if (options.bind || mount.type === "bind") {
      return [planBind(mount, options, facts, field)];
    }
    if (mount.type === "cgroup") {
      return planCgroupMount(mount, options, facts, namespaces);
    }
    return [planFilesystem(mount, options)];
  });
}

/** What has to happen first for the binds that share mounts with the host. */
export function holdShared(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => {
    if (step.op !== "bind" || !(step.propagation & MS.SHARED)) return [];
    const { target, source, from, subPath, recursive } = step;
    return [{
      op: "holdShared",
      target,
      source,
      ...(from !== undefined && { from }),
      ...(subPath !== undefined && { subPath }),
      recursive,
    }];
  });
}

/** What bind mounts depend on. */
export type BindFacts = Pick<Facts, "bundle" | "isDirectory" | "subPaths">;

/** The steps of those mounts that are binds, and whose sources are there. */
export function planBinds(
  mounts: readonly Mount[],
  facts: BindFacts,
): Step[] {
  return mounts.flatMap((mount) => {
    const options = parseMountOptions(mount.options ?? []);
    const { source = "", destination } = mount;
    const there = facts.isDirectory(source, facts.subPaths[destination]);
    return options.bind && there !== undefined
      ? [planBind(mount, options, facts, `the mount at ${destination}`)]
      : [];
  });
}

function planBind(
  mount: Mount,
  options: MountOptions,
  facts: BindFacts,
  field: string,
): Step {
  const source = resolvePath(mount.source ?? "", facts.bundle);
  const subPath = facts.subPaths[mount.destination];
  const directory = facts.isDirectory(source, subPath);
  if (directory === undefined) {
    throw new PlanError(
      subPath === undefined
        ? `${field}: source ${source} does not exist`
        : `${field}: there is no ${subPath} in ${source}`,
    );
  }
  if (options.data) {
    throw new PlanError(
      `${field}: options "${options.data}" mean nothing for a bind mount`,
    );
  }
  return {
    op: "bind",
    target: mount.destination,
    ...origin(source),
    ...(subPath !== undefined && { subPath }),
    recursive: options.bind !== "bind",
    directory,
    attributes: attributes(options),
    propagation: options.propagation || MS.PRIVATE | MS.REC,
  };
}

/** `/proc/PID/root/…` is seen from here, but bound only from over there. */
function origin(source: string): { source: string; from?: number } {
  const [, pid, path = "/"] = /^\/proc\/(\d+)\/root(\/.*)?$/.exec(source) ?? [];
  return pid === undefined ? { source } : { source: path, from: Number(pid) };
}

function planFilesystem(mount: Mount, options: MountOptions): Step {
  const type = mount.type ?? "none";
  const later = type === "tmpfs" ? MS.RDONLY : 0;
  return {
    op: "mount",
    target: mount.destination,
    type,
    source: mount.source ?? type,
    flags: options.flags & ~later,
    data: options.data,
    attributes: attributes(options).filter(({ recursive }) => recursive),
    propagation: options.propagation,
    noSymlinks: type === "proc" || type === "sysfs",
  };
}

/**
 * The cgroups of the container. With a cgroup namespace of its own each
 * hierarchy is mounted anew and shows only what is below the container; with
 * the host's, its directories are bound. v1 and hybrid hosts get a tmpfs with a
 * directory for each hierarchy, and links for controllers that share one.
 */
function planCgroupMount(
  mount: Mount,
  options: MountOptions,
  facts: Facts,
  namespaces: NamespacePlan,
): Step[] {
  const { hierarchies, cgroupPaths } = facts;
  const at = mount.destination;
  const flags = options.flags;
  const one = (target: string, type: string, data: string, path: string) =>
    namespaces.isNew("cgroup") || path === ""
      ? filesystem(target, type, flags, data)
      : bound(target, path, options);
  if (hierarchies.mode === "v2") {
    return [one(at, "cgroup2", "", cgroupPaths[""] ?? "")];
  }
  const steps: Step[] = [
    filesystem(at, "tmpfs", flags & ~MS.RDONLY, "mode=755"),
  ];
  const byMount = Map.groupBy(hierarchies.v1, ([, { mount }]) => mount);
  for (const [hostMount, entries] of byMount) {
    const names = entries.map(([controller]) => controller);
    const directory = hostMount.slice(hostMount.lastIndexOf("/") + 1);
    // A controller the container has no group of its own in would show the
    // host's tree, so it is left out.
    const path = cgroupPaths[names[0]!];
    if (path === undefined) continue;
    steps.push(one(`${at}/${directory}`, "cgroup", names.join(","), path));
    for (const name of names.length > 1 ? names : []) {
      steps.push({ op: "symlink", target: directory, path: `${at}/${name}` });
    }
  }
  const unified = cgroupPaths[""];
  if (hierarchies.unified && unified !== undefined) {
    steps.push(one(`${at}/unified`, "cgroup2", "", unified));
  }
  if (flags & MS.RDONLY) steps.push({ op: "readonlyMount", target: at });
  return steps;
}

function filesystem(
  target: string,
  type: string,
  flags: number,
  data: string,
): Step {
  return {
    op: "mount",
    target,
    type,
    source: type,
    flags,
    data,
    attributes: [],
    propagation: 0,
    noSymlinks: true,
  };
}

function bound(target: string, source: string, options: MountOptions): Step {
  return {
    op: "bind",
    target,
    source,
    recursive: false,
    directory: true,
    attributes: attributes(options),
    propagation: MS.PRIVATE,
  };
}

function attributes(options: MountOptions): MountAttributes[] {
  const { attrSet, attrClear, recursiveSet, recursiveClear } = options;
  return [
    { set: attrSet, clear: attrClear, recursive: false },
    { set: recursiveSet, clear: recursiveClear, recursive: true },
  ].filter(({ set, clear }) => set || clear);
}
