/**
 * The operations of the OCI runtime command line, on containers by id.
 *
 * @module
 */
import { waitFor } from "../sys/epoll.ts";
import { type Fd, open, writeAll } from "../sys/fd.ts";
import { resolvePath } from "../sys/path.ts";
import { identify, signalProcess } from "../sys/process.ts";
import { connectUnix } from "../sys/socket.ts";
import { openCgroup } from "./cgroup/cgroup.ts";
import { createContainer, type Created } from "./create.ts";
import { catchSignals } from "./caught_signals.ts";
import { attendAlone, ownTerminal } from "./foreground.ts";
import { userWindow } from "./relay.ts";
import { dryRun } from "./dry_run.ts";
import { explainFailure, readFailure } from "./init_failure.ts";
import { writePidFile } from "./pid_file.ts";
import type { Request } from "./request.ts";
import { destroy } from "./remove.ts";
import { type Config, readConfig } from "./spec.ts";
import {
  describeState,
  openGate,
  settle,
  settleAll,
  type State,
  type Status,
  statusOf,
  trySettle,
} from "./status.ts";
import {
  directoryOf,
  lockContainer,
  NoSuchContainerError,
  readRecord,
  type Record,
  type Store,
} from "./store.ts";

const SIGKILL = 9;

/** Options of `create` and `run`. */
export interface CreateOptions {
  /** The directory of config.json. */
  bundle: string;
  /** A file that gets init's pid, as the host sees it. */
  pidFile?: string;
  /** A path: the socket that receives the terminal. */
  consoleSocket?: string;
  /** How many descriptors after stderr the program inherits. */
  preserveFds?: number;
  /** MS_MOVE and chroot(2) in place of pivot_root(2), for a root in memory. */
  noPivot?: boolean;
  /** Told what was asked for and could not be given. */
  warn?: (message: string) => void;
}

/** An operation that the container's status does not allow. */
export class StatusError extends Error {
  /** Tells it from other errors. */
  override readonly name = "StatusError";

  /** Says what was attempted, the status, and what would help. */
  constructor(
    action: string,
    /** The container. */
    readonly id: string,
    /** Its status, which is in the way. */
    readonly status: Status | "restarting",
    hint: string,
  ) {
    super(
      `cannot ${action} container "${id}": it is ${status}${
        hint && `; ${hint}`
      }`,
    );
  }
}

/** Options that contradict the config. */
export class OptionError extends Error {
  /** Tells it from other errors. */
  override readonly name = "OptionError";
}

/**
 * Creates a container from a bundle; its process waits for `start`. It is a
 * child of this process, which can wait for it by the result.
 *
 * @throws {SpecError | PlanError | CgroupError | InitError | ExecError |
 *   DuplicateContainerError}
 */
export async function create(
  store: Store,
  id: string,
  options: CreateOptions,
): Promise<Created> {
  const config = readConfig(options.bundle);
  if (config.process.terminal && !options.consoleSocket) {
    throw new OptionError(
      "config.json: process.terminal is true, and nobody would receive the " +
        "terminal; give --console-socket, or set it to false",
    );
  }
  using console = connectConsole(config, options);
  await trySettle(store, id);
  return await bringUp(
    store,
    request(id, config, options, { gate: true, console }),
    options,
  );
}

/**
 * Creates, starts and, unless detached, waits for a container and deletes it.
 * Returns its exit code, or 0 when detached.
 */
export async function run(
  store: Store,
  id: string,
  options: CreateOptions & { detach?: boolean },
): Promise<number> {
  const config = readConfig(options.bundle);
  const { terminal } = config.process;
  if (terminal && options.detach && !options.consoleSocket) {
    throw new OptionError(
      "config.json: process.terminal is true, and a detached container has " +
        "none here; give --console-socket, or set it to false",
    );
  }
  const own = terminal && !options.consoleSocket;
  using user = own ? ownTerminal() : undefined;
  const size = own && !config.process.consoleSize ? userWindow() : undefined;
  if (size) config.process.consoleSize = size;
  using connected = own ? undefined : connectConsole(config, options);
  await trySettle(store, id);
  const console = user?.socket ?? connected;
  // One that comes as soon as the program runs is the program's.
  using signals = options.detach
    ? undefined
    : catchSignals({ pass: "all", terminal });
  using created = await bringUp(
    store,
    request(id, config, options, { gate: false, console }),
    options,
  );
  if (!signals) return 0;
  const outcome = await attendAlone(created.child.pidfd, signals, user);
  if (outcome.kind === "ended") await destroy(store, created.record);
  return outcome.code;
}

function connectConsole(
  { process }: Config,
  { consoleSocket }: CreateOptions,
): Fd | undefined {
  if (!consoleSocket) return undefined;
  if (!process.terminal) {
    throw new OptionError(
      "--console-socket: config.json asks for no terminal; set " +
        "process.terminal to true, or leave the option out",
    );
  }
  return connectUnix(consoleSocket);
}

/** What {@linkcode create} would do, a line a step. */
export async function planCreate(
  store: Store,
  id: string,
  options: CreateOptions,
): Promise<string[]> {
  const config = readConfig(options.bundle);
  return await dryRun(store, request(id, config, options, { gate: true }));
}

/** A container's record, repaired first, and its lock until disposed of. */
export async function hold(
  store: Store,
  id: string,
): Promise<Disposable & { record: Record }> {
  await settle(store, id);
  const lock = lockContainer(store, id);
  return {
    record: readRecord(store, id),
    [Symbol.dispose]: () => lock[Symbol.dispose](),
  };
}

/** What `create` would be asked for by these options. */
export function request(
  id: string,
  config: Config,
  options: CreateOptions,
  more: { gate: boolean; console?: Fd | undefined },
): Request {
  const { preserveFds, noPivot } = options;
  return {
    id,
    bundle: resolvePath(options.bundle, Deno.cwd()),
    config,
    gate: more.gate,
    ...(more.console && { console: more.console }),
    ...(preserveFds !== undefined && { preserveFds }),
    ...(noPivot !== undefined && { noPivot }),
  };
}

/** Creates a container and tells of it; one that cannot be told of is undone. */
async function bringUp(
  store: Store,
  request: Request,
  { pidFile, warn }: CreateOptions,
): Promise<Created> {
  const created = await createContainer(store, request);
  try {
    for (const warning of created.warnings) warn?.(warning);
    if (pidFile) writePidFile(pidFile, created.init.pid);
    return created;
  } catch (error) {
    created[Symbol.dispose]();
    await destroy(store, created.record);
    throw error;
  }
}

/**
 * Lets a created container run its program, and returns once it does.
 *
 * @throws {NoSuchContainerError | StatusError | ExecError}
 */
export async function start(store: Store, id: string): Promise<void> {
  using held = await hold(store, id);
  const { record } = held;
  using gate = openGate(store, id);
  if (!gate) {
    const status = statusOf(store, record);
    const hint = status === "stopped"
      ? "delete it and create it anew"
      : "only a created container can be started";
    throw new StatusError("start", id, status, hint);
  }
  writeAll(gate.number, Uint8Array.of(1));
  // The gate loses its last reader when the program is executed, or has failed.
  await waitFor(gate.number, 0).events;
  using file = open(`${directoryOf(store, id)}/failure`);
  const failure = readFailure(file);
  if (!failure) return;
  const { process, mounts } = readStoredConfig(store, id);
  const what = record.rows[failure.row] ?? "run init";
  const { rootfs } = record;
  throw explainFailure(what, failure.errno, { rootfs, process, mounts });
}

/** The config a container was made from. */
export function readStoredConfig(store: Store, id: string): Config {
  const text = Deno.readTextFileSync(`${directoryOf(store, id)}/config.json`);
  return JSON.parse(text) as Config; // checked when it was written
}

/**
 * The state of a container, by runtime-spec's runtime.md.
 *
 * @throws {NoSuchContainerError}
 */
export async function state(store: Store, id: string): Promise<State> {
  return describeState(store, await settle(store, id));
}

/** The states of all containers, by id. */
export async function list(store: Store): Promise<State[]> {
  const records = await settleAll(store);
  return records.map((record) => describeState(store, record));
}

/**
 * Sends a signal to init, or to every process of the container.
 *
 * @throws {NoSuchContainerError | StatusError} when init has ended
 */
export async function kill(
  store: Store,
  id: string,
  signal: number,
  options: { all?: boolean } = {},
): Promise<void> {
  const record = await settle(store, id);
  const cgroup = openCgroup(record.cgroups);
  if (options.all) {
    if (signal === SIGKILL) return cgroup.kill();
    signalAll(cgroup.processes(), signal);
    return;
  }
  const { init } = record;
  if (init && signalProcess(init, signal)) {
    // A frozen process dies of SIGKILL only where the freezer is v2's.
    if (signal === SIGKILL && cgroup.isFrozen()) cgroup.kill();
    return;
  }
  const status = statusOf(store, record);
  throw new StatusError("kill", id, status, "only a live one takes signals");
}

function signalAll(pids: readonly number[], signal: number): void {
  for (const pid of pids) {
    const process = identify(pid);
    if (process) signalProcess(process, signal);
  }
}

/**
 * Deletes a stopped container; with force, kills it first, and is content if
 * there is none.
 *
 * @throws {NoSuchContainerError | StatusError}
 */
export async function remove(
  store: Store,
  id: string,
  options: { force?: boolean } = {},
): Promise<void> {
  if (options.force && !(await trySettle(store, id))) return;
  using held = await hold(store, id).catch((error) => {
    const gone = error instanceof NoSuchContainerError;
    if (!gone || !options.force) throw error;
    return undefined; // somebody else deleted it meanwhile
  });
  if (!held) return;
  const { record } = held;
  const status = statusOf(store, record);
  if (status !== "stopped" && !options.force) {
    throw new StatusError(
      "delete",
      id,
      status,
      "stop it first, or use --force",
    );
  }
  await destroy(store, record);
}

/**
 * Suspends all processes of a container.
 *
 * @throws {NoSuchContainerError | StatusError | CgroupError}
 */
export async function pause(store: Store, id: string): Promise<void> {
  using held = await hold(store, id);
  const { record } = held;
  const status = statusOf(store, record);
  if (status !== "running" && status !== "created") {
    throw new StatusError(
      "pause",
      id,
      status,
      "only a running one can be paused",
    );
  }
  openCgroup(record.cgroups).freeze();
}

/**
 * Lets the processes of a paused container continue.
 *
 * @throws {NoSuchContainerError | StatusError | CgroupError}
 */
export async function resume(store: Store, id: string): Promise<void> {
  using held = await hold(store, id);
  const { record } = held;
  const cgroup = openCgroup(record.cgroups);
  if (!cgroup.isFrozen()) {
    const status = statusOf(store, record);
    throw new StatusError(
      "resume",
      id,
      status,
      "only a paused one can be resumed",
    );
  }
  cgroup.thaw();
}

/** The pids of a container's processes, as the host sees them. */
export async function processes(store: Store, id: string): Promise<number[]> {
  const { cgroups } = await settle(store, id);
  return openCgroup(cgroups).processes();
}
