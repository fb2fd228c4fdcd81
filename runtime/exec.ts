/**
 * One more process in a running container: the init program again, which joins
 * the namespaces of the container's init instead of making new ones.
 *
 * @module
 */
import { readable } from "../sys/epoll.ts";
import { type Fd, pipe } from "../sys/fd.ts";
import { SyscallError } from "../sys/errors.ts";
import { hostArch } from "../sys/numbers.ts";
import {
  openProcess,
  type ProcessId,
  SIGKILL,
  signalPidfd,
} from "../sys/process.ts";
import { connectUnix } from "../sys/socket.ts";
import { openCgroup } from "./cgroup/cgroup.ts";
import { cgroupOf } from "./cgroup/processes.ts";
import { V1_ENTRANCE } from "./cgroup/files.ts";
import { emitSteps } from "./emit/steps.ts";
import { catchSignals } from "./caught_signals.ts";
import { attendAlone, ownTerminal } from "./foreground.ts";
import { userWindow } from "./relay.ts";
import { type Arg, type Linked, named, Program } from "./init/program.ts";
import { hasAppArmor } from "./host/apparmor.ts";
import { type Failure, readReport } from "./init_report.ts";
import {
  type Launched,
  launchImage,
  type LaunchOptions,
  makeImage,
} from "./launch.ts";
import { OptionError, StatusError } from "./refusals.ts";
import { readStoredConfig } from "./store.ts";
import { CLONE, NAMESPACES } from "./namespaces.ts";
import { writePidFile } from "./pid_file.ts";
import { appArmor, oomScore, planProcess } from "./process.ts";
import { ownCapabilities } from "./own_capabilities.ts";
import { readFilter, type SeccompFilter } from "./seccomp/filter.ts";
import type { Config, Process } from "./spec.ts";
import type { Step } from "./steps.ts";
import { settle, statusOf } from "./status.ts";
import { directoryOf, type Record, type Store } from "./store.ts";

/** Options of `exec`. */
export interface ExecOptions {
  /** The command; not needed with `process`. */
  args?: readonly string[];
  /** A file that holds a process in the form of config.json. */
  process?: string;
  /** An absolute path in the container; that of its own process by default. */
  cwd?: string;
  /** Added to the container's environment. */
  env?: readonly string[];
  /** `UID[:GID]`. */
  user?: string;
  /** Added to the groups of the container's process. */
  additionalGids?: readonly number[];
  /** Give it a terminal. */
  tty?: boolean;
  /** Capabilities added to the container's. */
  cap?: readonly string[];
  /** Set no_new_privs, as prctl(2); as the container's process by default. */
  noNewPrivs?: boolean;
  /** Do not wait for it. */
  detach?: boolean;
  /** A file that gets its pid, as the host sees it. */
  pidFile?: string;
  /** A path: the socket that receives the terminal. */
  consoleSocket?: string;
  /** How many descriptors after stderr it inherits. */
  preserveFds?: number;
  /** Told what was asked for and could not be given. */
  warn?: (message: string) => void;
}

/**
 * Runs a process in a container. Returns its exit code, 128 + n after signal
 * n; 0 at once when detached.
 *
 * @throws {NoSuchContainerError | StatusError | InitError | ExecError}
 */
export async function exec(
  store: Store,
  id: string,
  options: ExecOptions,
): Promise<number> {
  const record = await settle(store, id);
  const process = await execProcess(readStoredConfig(store, id), options);
  const { detach, consoleSocket } = options;
  if (process.terminal && detach && !consoleSocket) {
    throw new OptionError(
      "--tty: a detached process has no terminal here; give --console-socket",
    );
  }
  const own = process.terminal && !consoleSocket;
  using terminal = own ? ownTerminal() : undefined;
  const size = own && !process.consoleSize ? userWindow() : undefined;
  if (size) process.consoleSize = size;
  using socket = consoleSocket ? connectUnix(consoleSocket) : undefined;
  const console = terminal?.socket ?? socket;
  using signals = detach
    ? undefined
    : catchSignals({ pass: "all", terminal: process.terminal });
  const child = await enter(store, record, process, {
    ...(console && { console }),
    ...(options.preserveFds && { preserveFds: options.preserveFds }),
    ...(options.warn && { warn: options.warn }),
  });
  using pidfd = child.pidfd;
  try {
    if (options.pidFile) writePidFile(options.pidFile, child.pid);
  } catch (error) {
    signalPidfd(pidfd, SIGKILL);
    throw error;
  }
  if (!signals) return 0;
  return (await attendAlone(pidfd, signals, terminal)).code;
}

/** The process of `exec`: the container's, with what was asked for. */
async function execProcess(
  config: Config,
  options: ExecOptions,
): Promise<Process> {
  if (options.process) {
    const { readProcess } = await import("./spec.ts");
    return readProcess(options.process);
  }
  const base = config.process;
  const [uid, gid] = parseUser(options.user, base);
  const caps = options.cap ?? [];
  const { capabilities } = base;
  const { consoleSize: _, ...rest } = base;
  return {
    ...rest,
    args: [...options.args ?? []],
    env: [...base.env, ...options.env ?? []],
    cwd: options.cwd ?? base.cwd,
    terminal: options.tty ?? false,
    noNewPrivileges: options.noNewPrivs ?? base.noNewPrivileges,
    user: {
      ...base.user,
      uid,
      gid,
      additionalGids: [
        ...base.user.additionalGids,
        ...options.additionalGids ?? [],
      ],
    },
    ...(capabilities && {
      capabilities: {
        ...capabilities,
        bounding: [...capabilities.bounding, ...caps],
        effective: [...capabilities.effective, ...caps],
        permitted: [...capabilities.permitted, ...caps],
      },
    }),
  };
}

function parseUser(user: string | undefined, base: Process): [number, number] {
  if (user === undefined) return [base.user.uid, base.user.gid];
  const match = user.match(/^(\d+)(?::(\d+))?$/);
  if (!match) {
    throw new OptionError(
      `--user: "${user}" must be UID or UID:GID, in digits`,
    );
  }
  return [Number(match[1]), Number(match[2] ?? base.user.gid)];
}

/** How a process is connected with the outside. */
export interface Entrance {
  /** A socket that receives its terminal. */
  console?: Fd;
  /** What becomes its stdin, stdout and stderr; rkl's own if not given. */
  stdio?: readonly [Fd, Fd, Fd];
  preserveFds?: number;
  warn?: (message: string) => void;
}

/**
 * Starts a process in a running container; it is a child of this process.
 *
 * @throws {StatusError | InitError | ExecError}
 */
export async function enter(
  store: Store,
  record: Record,
  process: Process,
  entrance: Entrance,
): Promise<Launched> {
  const { id, init } = record;
  const config = readStoredConfig(store, id);
  const status = statusOf(store, record);
  using initFd = init && openProcess(init);
  if (!initFd || status === "paused") {
    const hint = status === "paused" ? "resume it first" : "start it first";
    throw new StatusError("exec in", id, status, hint);
  }
  const cgroups = openCgroup(record.cgroups);
  const [report, reportWrite] = pipe();
  using _report = report;
  using _reportWrite = reportWrite;
  const { console, stdio } = entrance;
  const filter = readFilter(directoryOf(store, id));
  const way = { ...entrance, filter };
  const linked = linkEntry(config, process, record, way, {
    report: reportWrite.number,
    init: initFd.number,
  });
  using image = makeImage(linked.elf);
  const child = launchBeside(init!.pid, image, {
    cgroup: cgroups.paths[""],
    pidNamespace: joinsPid(config) ? initFd : undefined,
    inherit: [
      reportWrite,
      initFd,
      ...(console ? [console] : []),
      ...(stdio ?? []),
    ],
  });
  reportWrite[Symbol.dispose]();
  const failure = await awaitReport(report);
  if (!failure) return child;
  child.pidfd[Symbol.dispose]();
  throw await explainEntry(failure, linked, process, init!);
}

/** Descriptors by their numbers, where the rows find them. */
export interface EntryNumbers {
  /** A pipe that gets row and errno of a failure, and else ends. */
  report: number;
  /** The pidfd of init. */
  init: number;
}

/** The rows of a process that enters a container. */
export function linkEntry(
  config: Config,
  process: Process,
  record: Record,
  entrance: {
    readonly console?: Pick<Fd, "number">;
    readonly stdio?: readonly Pick<Fd, "number">[];
    readonly preserveFds?: number;
    /** The container's. */
    readonly filter: SeccompFilter | undefined;
    /** Have it killed when this process ends. */
    readonly dieWithParent?: boolean;
    readonly warn?: (message: string) => void;
  },
  { report, init }: EntryNumbers,
): Linked {
  const { console, stdio } = entrance;
  const { steps, warnings } = planEntry(config, process, record, entrance);
  warnings.forEach((warning) => entrance.warn?.(warning));
  const program = new Program();
  emitSteps(program, steps, {
    report: named(report, "REPORT"),
    ready: -1,
    gate: -1,
    console: named(console?.number ?? -1, "CONSOLE"),
    init: named(init, "INIT"),
    ...(stdio && {
      stdio: stdio.map(({ number }) => number as Arg) as [Arg, Arg, Arg],
    }),
  });
  return program.link(hostArch());
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
  { preserveFds = 0, dieWithParent = false, filter }: {
    readonly preserveFds?: number;
    readonly dieWithParent?: boolean;
    readonly filter: SeccompFilter | undefined;
  },
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

/** Waits until a process is on its way no more; undefined when it runs. */
async function awaitReport(report: Fd): Promise<Failure | undefined> {
  await readable(report.number);
  return readReport(report);
}
