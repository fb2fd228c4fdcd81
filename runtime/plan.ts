/**
 * From a config to the steps init runs, in order. Nothing is touched here: the
 * facts of the host come in as values, and the result can be printed.
 *
 * @module
 */
import { planDevices } from "./devices.ts";
import { holdShared, planMounts } from "./mounts.ts";
import { MS, parseMountOptions } from "./mount_options.ts";
import { type NamespacePlan, planNamespaces } from "./namespaces.ts";
import { PlanError } from "./plan_error.ts";
import { appArmor, oomScore, planProcess } from "./process.ts";
import type { SeccompFilter } from "./seccomp/filter.ts";
import type { Config } from "./spec.ts";
import { sysctlPath } from "./spec/sysctl.ts";
import type { RootSource, Step } from "./steps.ts";
import type { Hierarchies } from "./cgroup/hierarchies.ts";

/** What the plan needs to know of the host and of the caller's wishes. */
export interface Facts {
  /** The root filesystem, by absolute path. */
  root: RootSource;
  /** The directory of rkl's state over which the root is mounted. */
  rootAt: string;
  /** Against which relative bind sources are resolved: the bundle. */
  bundle: string;
  /** `tasks` files of v1 hierarchies to enter. */
  enterCgroups: string[];
  /** Directory of the container in each hierarchy, "" being v2. */
  cgroupPaths: Record<string, string>;
  hierarchies: Hierarchies;
  /** Capabilities rkl itself has, as a mask: no more can be given. */
  capabilities: bigint;
  /** Whether a path of the host is a directory; undefined when missing. */
  isDirectory(path: string, subPath?: string): boolean | undefined;
  /** What of the source of a bind mount is bound, by its destination. */
  subPaths: Readonly<Record<string, string>>;
  /** Moves the root with MS_MOVE, where pivot_root cannot (a ramfs root). */
  noPivot: boolean;
  /** Wait for `start` before exec. */
  gate: boolean;
  /** How many descriptors after stderr the process keeps. */
  keepFds: number;
  /** Be killed when the parent, a supervisor, is. */
  dieWithParent: boolean;
  /** Stay as the parent of the program, which passes signals on and reaps. */
  reaper: boolean;
  /** Whether the kernel applies AppArmor profiles. */
  appArmor: boolean;
  /** Of the system calls of the process. */
  filter?: SeccompFilter | undefined;
}

/** What is to be done, and what could not be honoured. */
export interface InitPlan {
  namespaces: NamespacePlan;
  steps: Step[];
  warnings: string[];
}

const PROPAGATION: Readonly<Record<string, number>> = {
  shared: MS.SHARED,
  slave: MS.SLAVE,
  private: MS.PRIVATE,
  unbindable: MS.UNBINDABLE,
};

/**
 * Compiles a config into the steps init runs.
 *
 * @throws {PlanError} for what cannot be done, with the field
 */
export function planInit(config: Config, facts: Facts): InitPlan {
  const namespaces = planNamespaces(config);
  if (!namespaces.isNew("mount")) {
    throw new PlanError(
      namespaces.has("mount")
        ? "linux.namespaces: joining a mount namespace by path would leave " +
          "the root filesystem to its owner; give the mount namespace no path"
        : 'linux.namespaces: a "mount" namespace is needed, or the ' +
          "container's mounts would be the host's",
    );
  }
  const confinement = appArmor(config.process, facts.appArmor);
  const process = planProcess(config.process, {
    ...facts,
    main: true,
    profileHeld: confinement.held,
  });
  const linux = config.linux ?? {};
  const rootFlags = propagationFlags(linux.rootfsPropagation);
  const mounts = planMounts(config, facts, namespaces);
  const steps: Step[] = [
    // The root of a new user namespace may not write there; its parent does.
    ...(namespaces.isNew("user") ? [] : facts.enterCgroups)
      .map((file): Step => ({ op: "enterCgroup", file })),
    ...namespaces.joined.map((join): Step => ({
      op: "joinNamespace",
      ...join,
    })),
    ...when(namespaces.has("user"), { op: "becomeRoot" }),
    ...when(namespaces.unshareFlags, {
      op: "unshare",
      flags: namespaces.unshareFlags,
    }),
    ...when(namespaces.isNew("network"), { op: "loopbackUp" }),
    ...when(config.hostname, { op: "hostname", name: config.hostname! }),
    ...when(config.domainname, { op: "domainname", name: config.domainname! }),
    ...holdShared(mounts),
    // The host's mounts must not see what happens here; what it mounts later
    // may be wanted, by a root that is shared or a slave.
    {
      op: "propagation",
      flags: MS.REC | ((rootFlags & MS.PRIVATE) ? MS.PRIVATE : MS.SLAVE),
    },
    { op: "root", source: facts.root, at: facts.rootAt, flags: 0 },
    ...mounts,
    ...planDevices(config, namespaces),
    ...when(config.process.cwd !== "/", {
      op: "directory",
      path: config.process.cwd,
    }),
    ...sysctls(linux.sysctl),
    ...oomScore(config.process),
    ...confinement.steps,
    ...(linux.readonlyPaths ?? []).map((path): Step => ({
      op: "readonlyPath",
      path,
    })),
    ...(linux.maskedPaths ?? []).map((path): Step => ({
      op: "maskPath",
      path,
    })),
    ...readonlyMounts(config),
    ...when(config.root?.readonly, { op: "readonlyMount", target: "/" }),
    { op: facts.noPivot ? "moveRoot" : "pivotRoot" },
    ...when(rootFlags, { op: "rootPropagation", flags: rootFlags }),
    ...process.steps,
  ];
  return { namespaces, steps, warnings: process.warnings };
}

function propagationFlags(word: string | undefined): number {
  if (!word) return 0;
  const recursive = word.startsWith("r") && !(word in PROPAGATION);
  return PROPAGATION[recursive ? word.slice(1) : word]! |
    (recursive ? MS.REC : 0);
}

/** A tmpfs must be written to until devices and mounts below it are made. */
function readonlyMounts(config: Config): Step[] {
  return (config.mounts ?? [])
    .filter(({ type, options }) =>
      type === "tmpfs" &&
      (parseMountOptions(options ?? []).flags & MS.RDONLY) !== 0
    )
    .map(({ destination }): Step => ({
      op: "readonlyMount",
      target: destination,
    }));
}

/** `net.ipv4.ip_forward` is the file /proc/sys/net/ipv4/ip_forward. */
function sysctls(sysctl: Readonly<Record<string, string>> = {}): Step[] {
  return Object.entries(sysctl).map(([key, value]) => ({
    op: "write",
    file: `/proc/sys/${sysctlPath(key)}`, // a name, or it would be refused
    value,
    what: `set linux.sysctl ${key} to "${value}"`,
  }));
}

function when(condition: unknown, step: Step): Step[] {
  return condition ? [step] : [];
}
