/**
 * The operations of `rkl container`, on containers by name.
 *
 * @module
 */
import { waitForEnd } from "../sys/process.ts";
import { openCgroup } from "../runtime/cgroup/cgroup.ts";
import { dryRun } from "../runtime/dry_run.ts";
import { catchSignals } from "../runtime/foreground.ts";
import { kill, remove, StatusError } from "../runtime/lifecycle.ts";
import { writePidFile } from "../runtime/pid_file.ts";
import type { Config } from "../runtime/spec.ts";
import type { Status } from "../runtime/status.ts";
import { NoSuchContainerError, type Store } from "../runtime/store.ts";
import { attend } from "./attach.ts";
import { bringToLife, containerRequest } from "./birth.ts";
import {
  describeConnections,
  startCreated,
  withJoinedNetwork,
} from "./connect.ts";
import type { AttachmentDetails } from "./network_details.ts";
import { planContainer, type Wishes } from "./plan.ts";
import { exitCodeOf } from "./records.ts";
import { type Publication, readAllPorts } from "./publication.ts";
import type { Specification } from "./specification.ts";
import {
  type Container,
  containerDirectory,
  containersDirectory,
  discard,
  discardOne,
  find,
  findAll,
  type Found,
  holdNetns,
  isOnCni,
  isOver,
  lockContainer,
  newContainer,
  readExit,
  readMonitor,
  tryFind,
  withdrawEnded,
  within,
} from "./store.ts";

const SIGKILL = 9;

/** Options of `run` and `create`. */
export interface RunOptions extends Wishes {
  /** Do not stay with the container. */
  detach?: boolean;
  /** A file that gets init's pid, as the host sees it. */
  pidFile?: string;
  /** A file that gets the container's name. */
  cidfile?: string;
  /** Told the name as soon as there is one. */
  named?: (name: string) => void;
  /** Told what was asked for and could not be given. */
  warn?: (message: string) => void;
}

/**
 * Creates and starts a container. Stays with it and returns its exit code, 128
 * + n after signal n; 0 when it is detached, at once or by the user.
 *
 * @throws for what keeps it from running; nothing is left of it then
 */
export async function runContainer(
  store: Store,
  spec: Specification,
  options: RunOptions = {},
): Promise<number> {
  const container = planContainer(spec, options);
  const { config } = container;
  const attached = !options.detach;
  const terminal = config.process.terminal;
  // One that comes as soon as the program runs is the program's.
  using signals = attached ? catchSignals(terminal) : undefined;
  using born = await makeContainer(store, container, options, {
    gate: false,
    attach: attached,
  });
  if (!signals) return 0;
  using netns = holdNetns(store, container.name);
  let detached = false;
  try {
    const outcome = await attend(born, { terminal, signals });
    detached = outcome.kind === "detached";
    return outcome.kind === "ended" ? outcome.code : 0;
  } finally {
    // Also when nobody reads its output any more, and so nobody misses it.
    if (!detached) {
      const { warn } = options;
      await withdrawEnded(store, container.name, {
        netns,
        warn,
        insist: true,
      });
      if (container.autoRemove) await discardOne(store, container, { warn });
    }
  }
}

/** Creates a container, whose program waits for {@linkcode startContainer}. */
export async function createContainer(
  store: Store,
  spec: Specification,
  options: RunOptions = {},
): Promise<string> {
  const container = planContainer(spec, options);
  using _born = await makeContainer(store, container, options, {
    gate: true,
    attach: false,
  });
  return container.name;
}

/** What {@linkcode runContainer} would do, a line a step. */
export async function planRun(
  store: Store,
  spec: Specification,
  options: RunOptions = {},
): Promise<string[]> {
  const planned = planContainer(spec, options);
  const container = await withJoinedNetwork(store, planned);
  const { network } = container;
  const networks = network?.kind === "networks" ? network.networks : [];
  return [
    ...dryRun(
      store,
      containerRequest(store, container, { gate: networks.length > 0 }),
    ),
    ...await describeConnections(store, networks),
  ];
}

async function makeContainer(
  store: Store,
  container: Container,
  options: RunOptions,
  how: { gate: boolean; attach: boolean },
) {
  const { name } = container;
  await makeRoom(store, name);
  using _lock = newContainer(store, container);
  try {
    const { pidFile, cidfile, named, warn } = options;
    if (cidfile) writeNew(cidfile, name);
    const born = await bringToLife(store, container, { ...how, warn });
    if (pidFile) writePidFile(pidFile, born.init.pid);
    named?.(name);
    return born;
  } catch (error) {
    await discard(store, name);
    throw error;
  }
}

/** What a crash left of a name goes, and one that was to go when it ended. */
async function makeRoom(store: Store, name: string): Promise<void> {
  const found = await tryFind(store, name);
  if (found && isOver(found)) await discardOne(store, found.container);
}

/** A cidfile must not be there already, as docker has it. */
function writeNew(path: string, text: string): void {
  try {
    Deno.writeTextFileSync(path, text, { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new Error(`--cidfile: ${path} exists already; remove it first`);
  }
}

/**
 * Starts a container that was created, or one that has ended once more, with
 * the files it left. A running one is left alone.
 *
 * @throws {NoSuchContainerError | StatusError | ExecError}
 */
export async function startContainer(
  store: Store,
  name: string,
  options: { warn?: (message: string) => void } = {},
): Promise<void> {
  const { container, status } = await find(store, name);
  if (status === "created") {
    return await startCreated(store, container, options.warn);
  }
  if (status === "running") return;
  if (status !== "stopped") {
    const hint = status === "paused" ? "resume it instead" : "wait a moment";
    throw new StatusError("start", name, status, hint);
  }
  using _lock = lockContainer(store, name);
  // It may have been started, or replaced, while this waited for the lock.
  const found = await find(store, name);
  if (found.status !== "stopped") return;
  if (isOver(found)) {
    // The writable layer of such a one was not made to be used once more.
    await discard(store, name);
    throw new NoSuchContainerError(name, containersDirectory(store));
  }
  await remove(store, name, { force: true });
  using _born = await bringToLife(store, found.container, {
    gate: false,
    attach: false,
    warn: options.warn,
  });
}

/**
 * Asks a container to stop, by its stop signal, and kills it if it has not
 * ended after `timeout` seconds (by default its own). One that does not run is
 * left alone.
 *
 * @throws {NoSuchContainerError}
 */
export async function stopContainer(
  store: Store,
  name: string,
  options: { timeout?: number; warn?: (message: string) => void } = {},
): Promise<void> {
  const { container, status, record } = await find(store, name);
  if (status === "stopped" || !record?.init) {
    return await withdrawEnded(store, name, { ...options, insist: true });
  }
  using netns = holdNetns(store, name);
  const ending = { ...options, netns, insist: true };
  const timeout = options.timeout ?? container.stopTimeout;
  const ended = endOf(store, name);
  // A frozen process, and one that waits at the gate, takes no signal but KILL.
  const patience = status === "running" && timeout > 0;
  if (patience) {
    await kill(store, name, container.stopSignal).catch(alreadyEnded);
    if (await within(timeout * 1000, ended)) {
      return await withdrawEnded(store, name, ending);
    }
  }
  openCgroup(record.cgroups).kill();
  await ended;
  await withdrawEnded(store, name, ending);
}

/** A container that ended before its signal came did what was asked. */
function alreadyEnded(error: unknown): void {
  if (!(error instanceof StatusError)) throw error;
}

/** Resolves when the monitor, and so everything about the container, ended. */
async function endOf(store: Store, name: string): Promise<void> {
  const monitor = readMonitor(store, name);
  if (monitor) await waitForEnd(monitor);
}

/**
 * Sends a signal to a container's init, or to all its processes.
 *
 * @throws {NoSuchContainerError | StatusError}
 */
export async function killContainer(
  store: Store,
  name: string,
  signal: number = SIGKILL,
  options: { all?: boolean } = {},
): Promise<void> {
  const { status, record } = await find(store, name);
  if (!record) throw new StatusError("kill", name, status, "start it first");
  await kill(store, name, signal, options);
}

/**
 * Removes a container and all it has; with force, also one that runs, and
 * without complaint none at all.
 *
 * @throws {NoSuchContainerError | StatusError}
 */
export async function removeContainer(
  store: Store,
  name: string,
  options: { force?: boolean; warn?: (message: string) => void } = {},
): Promise<void> {
  const found = options.force
    ? await tryFind(store, name)
    : await find(store, name);
  if (!found) return;
  if (found.status !== "stopped" && !options.force) {
    throw new StatusError(
      "delete",
      name,
      found.status,
      "stop it first, or use --force",
    );
  }
  const removed = await discardOne(store, found.container, {
    warn: options.warn,
  });
  if (!removed && !options.force) {
    throw new NoSuchContainerError(name, containersDirectory(store));
  }
}

/**
 * Waits until a container has ended and returns its exit code.
 *
 * @throws {NoSuchContainerError}
 */
export async function waitContainer(
  store: Store,
  name: string,
): Promise<number> {
  await find(store, name);
  await endOf(store, name);
  return exitCodeOf(readExit(store, name));
}

/** A line of `rkl container list`. */
export interface Summary {
  /** Its name. */
  id: string;
  /** What it does now. */
  status: Status;
  /** Of init; absent when it has ended. */
  pid?: number;
  /** The bundle or root filesystem, absolute. */
  image: string;
  /** RFC 3339. */
  created: string;
  /** The specification's. */
  labels: { [key: string]: string };
  /** Of a stopped container. */
  exitCode?: number;
  /** Ports of the host that lead to it while it runs. */
  ports?: Publication[];
}

/** All containers, by name. */
export async function listContainers(store: Store): Promise<Summary[]> {
  return (await findAll(store)).map((found) => summarize(store, found));
}

/**
 * The ports of the host that lead to a container; none when it does not run.
 *
 * @throws {NoSuchContainerError}
 */
export async function portsOf(
  store: Store,
  name: string,
): Promise<Publication[]> {
  return summarize(store, await find(store, name)).ports ?? [];
}

function summarize(store: Store, found: Found): Summary {
  const { container, status, record, exit } = found;
  const { name, image, created, labels } = container;
  const live = status !== "stopped";
  const ports = live ? readAllPorts(store, name) : [];
  return {
    id: name,
    status,
    ...(live && record?.init && { pid: record.init.pid }),
    image,
    created,
    labels,
    ...(!live && { exitCode: exitCodeOf(exit) }),
    ...(ports.length > 0 && { ports }),
  };
}

/** Everything that is known of a container. */
export interface Details extends Summary {
  /** When it ended, RFC 3339. */
  finished?: string;
  /** Whether the kernel killed a process of it for want of memory. */
  oomKilled: boolean;
  /** Bytes of output that did not fit the disk. */
  lostLogBytes?: number;
  /** The file that its monitor writes its output to. */
  logPath: string;
  /** The networks it is on, by their names. */
  networks?: { [name: string]: AttachmentDetails };
  /** Its directory in each cgroup hierarchy; "" is v2. */
  cgroups: { [controller: string]: string };
  /** The OCI configuration it was made from. */
  config: Config;
}

/**
 * Everything that is known of a container.
 *
 * @throws {NoSuchContainerError}
 */
export async function inspectContainer(
  store: Store,
  name: string,
): Promise<Details> {
  const found = await find(store, name);
  const { exit } = found.exit ?? {};
  const cgroups = found.record?.cgroups ?? {};
  const networks = await describeNetworks(store, found.container);
  return {
    ...summarize(store, found),
    ...(exit && { finished: exit.time.toISOString() }),
    oomKilled: (openCgroup(cgroups).stats().memory.oomKills ?? 0) > 0,
    ...(exit?.lostBytes && { lostLogBytes: exit.lostBytes }),
    logPath: `${containerDirectory(store, name)}/log`,
    ...(networks && { networks }),
    cgroups,
    config: found.container.config,
  };
}

async function describeNetworks(store: Store, { name, network }: Container) {
  if (network?.kind !== "networks") return undefined;
  const { networksOf } = await import("./network_details.ts");
  const own = networksOf(store, name, network.networks);
  if (!isOnCni(store, name)) return own;
  const { cniNetworksOf } = await import("./cni.ts");
  return { ...own, ...cniNetworksOf(store, name) };
}
