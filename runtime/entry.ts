/**
 * The way into a running container, as rows: the init program again, which joins
 * the namespaces of the container's init instead of making new ones.
 *
 * @module
 */
import type { Fd } from "../sys/fd.ts";
import { SyscallError } from "../sys/errors.ts";
import type { ProcessId } from "../sys/process.ts";
import { cgroupOf } from "./cgroup/processes.ts";
import { V1_ENTRANCE } from "./cgroup/files.ts";
import { type Channels, emitSteps } from "./emit/steps.ts";
import { hasAppArmor } from "./host/apparmor.ts";
import { type Linked, named, type Program } from "./init/program.ts";
import type { Failure } from "./init_report.ts";
import { type Launched, launchImage, type LaunchOptions } from "./launch.ts";
import { CLONE, NAMESPACES } from "./namespaces.ts";
import { ownCapabilities } from "./own_capabilities.ts";
import { appArmor, oomScore, planProcess } from "./process.ts";
import type { SeccompFilter } from "./seccomp/filter.ts";
import type { Config, Process } from "./spec.ts";
import type { Step } from "./steps.ts";
import type { Record } from "./store.ts";

/** How a process enters a container. */
export interface EntryWay {
  /** A socket that receives its terminal. */
  readonly console?: Pick<Fd, "number">;
  /** How many descriptors after stderr it inherits. */
  readonly preserveFds?: number;
  /** The container's. */
  readonly filter: SeccompFilter | undefined;
  /** Have it killed when its parent ends. */
  readonly dieWithParent?: boolean;
  /** Told what was asked for and could not be given. */
  readonly warn?: (message: string) => void;
}

/**
 * Appends the rows of a process that enters a container. A failure, 8 bytes, row
 * and errno, is written to `report`, and ends it. `init` is a pidfd of the
 * container's; `stdio` becomes its stdin, stdout and stderr, which else stay.
 */
export function emitEntry(
  program: Program,
  { config, process, record }: {
    readonly config: Config;
    readonly process: Process;
    readonly record: Record;
  },
  way: EntryWay,
  channels: Pick<Channels, "report" | "init" | "stdio">,
): void {
  const { steps, warnings } = planEntry(config, process, record, way);
  warnings.forEach((warning) => way.warn?.(warning));
  emitSteps(program, steps, {
    ...channels,
    ready: -1,
    gate: -1,
    console: named(way.console?.number ?? -1, "CONSOLE"),
  });
}

/** Whether a container has a pid namespace to be born in. */
export function joinsPid({ linux }: Config): boolean {
  return linux?.namespaces?.some(({ type }) => type === "pid") ?? false;
}

/** The error of a process that could not enter a container. */
export async function explainEntry(
  failure: Failure,
  { rows }: Linked,
  process: Process,
  { pid }: ProcessId,
): Promise<Error> {
  const { explainFailure } = await import("./init_failure.ts");
  const row = rows[failure.row];
  return explainFailure(row?.what ?? row?.text ?? "run exec", failure.errno, {
    rootfs: `/proc/${pid}/root`, // with all its mounts
    process,
  }, row?.text);
}

/**
 * Starts a process in the container's cgroup or, where that gives controllers
 * to children and so takes no processes (v2's cgroups(7)), in that of init.
 */
export function launchBeside(
  init: number,
  image: Fd,
  options: LaunchOptions,
): Launched {
  try {
    return launchImage(image, options);
  } catch (error) {
    const busy = error instanceof SyscallError && error.code === "EBUSY";
    const cgroup = busy && options.cgroup && cgroupOf(options.cgroup, init);
    if (!cgroup) throw error;
    return launchImage(image, { ...options, cgroup });
  }
}

/** The steps from the host into the container, then those of the process. */
function planEntry(
  config: Config,
  process: Process,
  { cgroups, init }: Record,
  { preserveFds = 0, dieWithParent = false, filter }: EntryWay,
): { steps: Step[]; warnings: string[] } {
  const namespaces = config.linux?.namespaces ?? [];
  const flags = namespaces
    .filter(({ type }) => type !== "pid") // joined by whoever clones
    .reduce((bits, { type }) => bits | NAMESPACES.get(type)!.flag, 0);
  const dirs = Object.entries(cgroups).filter(([name]) => name !== "");
  const confinement = appArmor(
    { ...config.process, ...process },
    hasAppArmor(),
  );
  const planned = planProcess(process, {
    capabilities: ownCapabilities(),
    gate: false,
    keepFds: preserveFds,
    dieWithParent,
    reaper: false,
    main: false,
    profileHeld: confinement.held,
    filter,
  });
  return {
    steps: [
      ...[...new Set(dirs.map(([, dir]) => dir))].map((dir): Step => ({
        op: "enterCgroup",
        file: `${dir}/${V1_ENTRANCE}`,
      })),
      ...oomScore({ ...config.process, ...process }),
      ...confinement.steps,
      { op: "enterContainer", flags, root: `/proc/${init!.pid}/root` },
      ...((flags & CLONE.NEWUSER) ? [{ op: "becomeRoot" } as const] : []),
      ...planned.steps,
    ],
    warnings: planned.warnings,
  };
}
