/**
 * What a container is created from, and the whole plan for it: the cgroup and
 * the steps of init. `create` carries it out, `--dry-run` prints it.
 *
 * @module
 */
import type { SyscallError } from "../sys/errors.ts";
import { type Fd, O, open, openInRoot } from "../sys/fd.ts";
import { fnv1a } from "../sys/hash.ts";
import { isMissing, resolvePath } from "../sys/path.ts";
import { discoverHierarchies } from "./cgroup/hierarchies.ts";
import { type CgroupPlan, planCgroup } from "./cgroup/plan.ts";
import type { Arg, Label, Program } from "./init/program.ts";
import { hasAppArmor } from "./host/apparmor.ts";
import { type InitPlan, planInit } from "./plan.ts";
import { PlanError } from "./plan_error.ts";
import { filterOf, type SeccompFilter } from "./seccomp/filter.ts";
import { ownCapabilities } from "./own_capabilities.ts";
import type { Config } from "./spec.ts";
import { unsupported, warnings } from "./spec/unsupported.ts";
import type { RootSource } from "./steps.ts";
import { DEFAULT_STORE, type Store } from "./store.ts";

/** What a supervisor needs to give birth to init. */
export interface Birth {
  /** CLONE_NEW… flags for clone3. */
  cloneFlags: number;
  /** The v2 cgroup init is born in, by path. */
  cgroup: string | undefined;
  /** A pid namespace to join first, by path. */
  pidNamespace: string | undefined;
  /** Where init's rows begin; the child jumps there. */
  init: Label;
  /** Gets an "M" once init is recorded. */
  ready: Arg;
  /** Of the program; the supervisor reports its own failures there too. */
  report: Arg;
}

/** A process between rkl and init, made of rows: the container's monitor. */
export interface Supervisor {
  /** Descriptors its rows use. */
  inherit: readonly Fd[];
  /** What becomes stdin, stdout and stderr of init. */
  stdio: readonly [Arg, Arg, Arg];
  /** The file in which it records init's pid, as its first four bytes. */
  record: string;
  /** Emits its rows; one of them clones, and the child jumps to init. */
  emit(program: Program, birth: Birth): void;
}

/** A container to be created. */
export interface Request {
  id: string;
  /** The bundle's directory, absolute. */
  bundle: string;
  config: Config;
  /** Instead of the config's root.path. */
  root?: RootSource;
  /** Wait for `start` before the program runs. */
  gate: boolean;
  noPivot?: boolean;
  /** How many descriptors after stderr the program keeps. */
  preserveFds?: number;
  /** Run the program as a child of init, which reaps: see `emit/reaper.ts`. */
  reaper?: boolean;
  /** A socket that receives the terminal. */
  console?: Fd;
  supervisor?: Supervisor;
  /** Filter system calls as docker does, unless the config says how. */
  builtinSeccomp?: boolean;
  /** What of the source of a bind mount is bound, by its destination. */
  subPaths?: Readonly<Record<string, string>>;
  /** Directories that will be made before the plan is carried out. */
  promised?: readonly string[];
}

/** All that will be done for a container. */
export interface ContainerPlan {
  root: RootSource;
  cgroup: CgroupPlan;
  init: InitPlan;
  /** Of the system calls of what runs in it. */
  filter: SeccompFilter | undefined;
  warnings: string[];
}

/**
 * Plans a container. The host is only looked at.
 *
 * @throws {PlanError | CgroupError} for what this host or rkl cannot do
 */
export async function planContainer(
  store: Store,
  request: Request,
  directory: string,
): Promise<ContainerPlan> {
  const { config, bundle } = request;
  const refused = unsupported(config);
  if (refused.length > 0) throw new PlanError(refused.join("; "));
  const root = request.root ?? {
    kind: "bind",
    path: resolvePath(config.root.path, bundle),
  };
  requireDirectory(root.kind === "bind" ? root.path : root.lower);
  const hierarchies = discoverHierarchies();
  const cgroup = planCgroup(
    hierarchies,
    config.linux?.cgroupsPath ?? defaultCgroup(store, request.id),
    config.linux?.resources,
  );
  const filter = await filterOf(config, request.builtinSeccomp ?? false);
  const init = planInit(config, {
    root,
    rootAt: `${directory}/rootfs`,
    bundle,
    enterCgroups: cgroup.join,
    cgroupPaths: cgroup.paths,
    hierarchies,
    capabilities: ownCapabilities(),
    isDirectory: (path, subPath) => {
      const isPromised = request.promised?.includes(path) &&
        isDirectory(path) === undefined;
      return isPromised || isDirectoryAt(path, subPath);
    },
    subPaths: request.subPaths ?? {},
    noPivot: request.noPivot ?? false,
    gate: request.gate,
    keepFds: request.preserveFds ?? 0,
    dieWithParent: request.supervisor !== undefined,
    reaper: request.reaper ?? false,
    appArmor: hasAppArmor(),
    filter,
  });
  return {
    root,
    cgroup,
    init,
    filter,
    warnings: [...warnings(config), ...cgroup.warnings, ...init.warnings],
  };
}

/** `/rkl/ID`, told apart where another state directory is used. */
function defaultCgroup({ root }: Store, id: string): string {
  return root === DEFAULT_STORE.root
    ? `/rkl/${id}`
    : `/rkl/${id}.${fnv1a(root)}`;
}

/**
 * Checks that a root filesystem is there.
 *
 * @throws {PlanError}
 */
export function requireDirectory(path: string): void {
  const directory = isDirectory(path);
  if (directory) return;
  throw new PlanError(
    directory === undefined
      ? `root.path: the root filesystem ${path} does not exist`
      : `root.path: ${path} is not a directory`,
  );
}

function isDirectory(path: string): boolean | undefined {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Whether a path of the host, or what is at `subPath` there, is a directory;
 * undefined where nothing is.
 */
export function isDirectoryAt(
  path: string,
  subPath?: string,
): boolean | undefined {
  const there = isDirectory(path);
  return there === undefined || subPath === undefined
    ? there
    : isDirectoryBelow(path, subPath);
}

/** The same for a path as its root sees it: no link leads out. */
function isDirectoryBelow(root: string, path: string): boolean | undefined {
  try {
    using directory = open(root, O.PATH | O.DIRECTORY);
    using found = openInRoot(directory, path, O.PATH);
    return Deno.statSync(`/proc/self/fd/${found.number}`).isDirectory;
  } catch (error) {
    const { code } = error as SyscallError;
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(code)) return undefined;
    throw error;
  }
}
