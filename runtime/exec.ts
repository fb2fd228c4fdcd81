/**
 * One more process in a running container.
 *
 * @module
 */
import { readable } from "../sys/epoll.ts";
import { type Fd, pipe } from "../sys/fd.ts";
import { hostArch } from "../sys/numbers.ts";
import { openProcess, SIGKILL, signalPidfd } from "../sys/process.ts";
import { connectUnix } from "../sys/socket.ts";
import { openCgroup } from "./cgroup/cgroup.ts";
import { catchSignals } from "./caught_signals.ts";
import { emitEntry, explainEntry, joinsPid, launchBeside } from "./entry.ts";
import { attendAlone, ownTerminal } from "./foreground.ts";
import { named, Program } from "./init/program.ts";
import { type Failure, readReport } from "./init_report.ts";
import { type Launched, makeImage } from "./launch.ts";
import { writePidFile } from "./pid_file.ts";
import { OptionError, StatusError } from "./refusals.ts";
import { userWindow } from "./relay.ts";
import { lend, lendOwn } from "./stdio.ts";
import { readFilter } from "./seccomp/filter.ts";
import type { Config, Process } from "./spec.ts";
import { settle, statusOf } from "./status.ts";
import {
  directoryOf,
  readStoredConfig,
  type Record,
  type Store,
} from "./store.ts";

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
  const { uid } = process.user;
  if (stdio) lend(numbersOf(stdio), config, uid);
  else if (!console) lendOwn(config, uid);
  const filter = readFilter(directoryOf(store, id));
  const way = { ...entrance, filter };
  const program = new Program();
  emitEntry(program, { config, process, record }, way, {
    report: named(reportWrite.number, "REPORT"),
    init: named(initFd.number, "INIT"),
    ...(stdio && { stdio: numbersOf(stdio) }),
  });
  const linked = program.link(hostArch());
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

function numbersOf([stdin, stdout, stderr]: readonly [Fd, Fd, Fd]) {
  return [stdin.number, stdout.number, stderr.number] as const;
}

/** Waits until a process is on its way no more; undefined when it runs. */
async function awaitReport(report: Fd): Promise<Failure | undefined> {
  await readable(report.number);
  return readReport(report);
}
