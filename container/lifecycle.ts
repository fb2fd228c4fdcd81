/**
 * What is done with containers that are there, by name: starting, stopping,
 * killing and removing them, and waiting for their end.
 *
 * @module
 */
import { ifThere } from "../sys/entry.ts";
import { waitForEnd } from "../sys/process.ts";
import { within } from "../sys/timer.ts";
import { openCgroup } from "../runtime/cgroup/cgroup.ts";
import { kill, remove, StatusError } from "../runtime/lifecycle.ts";
import { NoSuchContainerError, type Store } from "../runtime/store.ts";
import { type BirthOptions, type Born, bringToLife } from "./birth.ts";
import { discard, discardOne } from "./discard.ts";
import {
  type Ending,
  holdNetns,
  type Warn,
  withdraw,
  withdrawEnded,
} from "./network/ending.ts";
import { find, findById, type Found, isOver, tryFind } from "./find.ts";
import { mayRestart } from "./kept.ts";
import { startCreated } from "./network/start.ts";
import type { ContainerId } from "./id.ts";
import { note, noteKill, ofContainer } from "./journal/journal.ts";
import { unlessEnded } from "./meanwhile.ts";
import { exitCodeOf } from "./monitor/records.ts";
import { isRestarting } from "./restart/restarting.ts";
import { wantRunning, wantStopped } from "./restart/state.ts";
import {
  type Container,
  containerDirectory,
  containersDirectory,
  lockContainer,
  readExit,
  readMonitor,
} from "./store.ts";

const SIGKILL = 9;

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
  using _born = await revive(store, name, { container, status }, options);
}

/**
 * Starts a container that has ended once more. Undefined when somebody else has
 * done so meanwhile.
 *
 * @throws {NoSuchContainerError | StatusError | ExecError}
 */
export async function revive(
  store: Store,
  name: string,
  { container, status }: Pick<Found, "container" | "status">,
  options: Pick<BirthOptions, "attach" | "warn"> = {},
): Promise<Born | undefined> {
  if (status !== "stopped") {
    const hint = status === "paused" ? "unpause it instead" : "wait a moment";
    throw new StatusError("start", name, status, hint);
  }
  using _lock = lockContainer(store, container);
  // It may have been started while this waited for the lock.
  const found = await find(store, container.id);
  if (found.status !== "stopped") return undefined;
  if (isOver(found)) {
    await discard(store, found.container);
    throw new NoSuchContainerError(name, containersDirectory(store));
  }
  wantRunning(store, found.container);
  return await liveAgain(store, found.container, options);
}

/** Brings a container to life that has ended. Its lock is the caller's. */
export async function liveAgain(
  store: Store,
  container: Container,
  options: Pick<BirthOptions, "attach" | "warn" | "watched">,
): Promise<Born> {
  await remove(store, container.id, { force: true });
  if (container.overlay && container.autoRemove) reuseLayer(store, container);
  return await bringToLife(store, container, {
    ...options,
    gate: false,
  });
}

/**
 * Lets a volatile overlay be mounted once more. The kernel's mark says that
 * nothing was synced, which matters only if the host has crashed since; see
 * "Volatile mount" of the kernel's filesystems/overlayfs.rst.
 */
function reuseLayer(store: Store, { id }: Container): void {
  const mark = `${containerDirectory(store, id)}/work/work/incompat/volatile`;
  ifThere(mark, () => Deno.removeSync(mark, { recursive: true }));
}

/** How a container is made to end. */
export interface StopOptions {
  /** Seconds to wait before it is killed; its own by default. */
  timeout?: number;
  /** What asks it to; its own by default. */
  signal?: number;
  /** Told what could not be given back. */
  warn?: Warn;
}

/**
 * Has a container end, as {@linkcode stopContainer}, and start once more; one
 * that does not run is started. Nobody else does anything with it in between.
 *
 * @throws {NoSuchContainerError | StatusError | ExecError}
 */
export async function restartContainer(
  store: Store,
  name: string,
  options: StopOptions = {},
): Promise<void> {
  const { container, status } = await find(store, name);
  if (status === "created" || status === "creating") {
    return await startContainer(store, name, options);
  }
  const { id } = container;
  using _lock = lockContainer(store, container);
  const found = await find(store, id);
  using netns = holdNetns(store, id);
  wantRunning(store, container);
  await end(store, found, options);
  await withdraw(store, id, { netns, warn: options.warn, insist: true });
  const { warn } = options;
  using _born = await liveAgain(store, found.container, { warn });
  note(store, ofContainer(found.container, "restart"), options.warn);
}

/**
 * Asks a container to stop, by its stop signal, and kills it if it has not
 * ended after `timeout` seconds (by default its own). One that does not run is
 * left alone. Whatever its restart policy, it stays stopped.
 *
 * @throws {NoSuchContainerError}
 */
export async function stopContainer(
  store: Store,
  name: string,
  options: StopOptions = {},
): Promise<void> {
  const { container } = await find(store, name);
  if (mayRestart(container)) wantStopped(store, container);
  await endContainer(store, container.id, { ...options, insist: true });
}

/**
 * Does the same, and what its restart policy says follows.
 *
 * @throws {NoSuchContainerError}
 */
export async function endContainer(
  store: Store,
  id: ContainerId,
  { insist = false, ...options }: StopOptions & Pick<Ending, "insist"> = {},
): Promise<void> {
  const found = await find(store, id);
  using netns = holdNetns(store, id);
  await end(store, found, options);
  await withdrawEnded(store, id, { warn: options.warn, netns, insist });
}

/** Has a container end, if it has not. */
async function end(
  store: Store,
  { container, status, record }: Found,
  { timeout = container.stopTimeout, signal = container.stopSignal, warn }:
    StopOptions,
): Promise<void> {
  if (status === "stopped" || !record?.init) return;
  const ended = endOf(store, container.id);
  // A frozen process, and one that waits at the gate, takes no signal but KILL.
  const patience = status === "running" && timeout > 0;
  if (patience) {
    noteKill(store, container, signal, warn);
    await kill(store, container.id, signal).catch(alreadyEnded);
  }
  if (!patience || !await within(timeout * 1000, ended)) {
    noteKill(store, container, SIGKILL, warn);
    openCgroup(record.cgroups).kill();
    await ended;
  }
  note(store, ofContainer(container, "stop"), warn);
}

/** A container that ended before its signal came did what was asked. */
function alreadyEnded(error: unknown): void {
  if (!(error instanceof StatusError)) throw error;
}

/** Resolves when the monitor, and so everything about the container, ended. */
async function endOf(store: Store, id: ContainerId): Promise<void> {
  const monitor = readMonitor(store, id);
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
  const { container, status } = await find(store, name);
  if (status === "stopped") {
    throw new StatusError(
      "kill",
      name,
      status,
      "only a live one takes signals",
    );
  }
  const ends = signal === SIGKILL || signal === container.stopSignal;
  if (ends && mayRestart(container)) wantStopped(store, container);
  noteKill(store, container, signal);
  const { id } = container;
  await unlessEnded("kill", name, () => kill(store, id, signal, options));
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
  options: {
    force?: boolean;
    /** With the volumes that nobody named. */
    volumes?: boolean;
    warn?: (message: string) => void;
  } = {},
): Promise<void> {
  const found = options.force
    ? await tryFind(store, name)
    : await find(store, name);
  if (!found) return;
  const status = isRestarting(store, found) ? "restarting" : found.status;
  if (status !== "stopped" && !options.force) {
    throw new StatusError(
      "delete",
      name,
      status,
      "stop it first, or use --force",
    );
  }
  const removed = await discardOne(store, found.container, {
    warn: options.warn,
    volumes: options.volumes,
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
  const { container: { id } } = await find(store, name);
  await endOf(store, id);
  const record = readExit(store, id);
  // Who looks at a container whose monitor was killed ends it, if need be.
  if (!record?.exit) await findById(store, id);
  return exitCodeOf(record);
}
