/**
 * What is done with containers that are there, by name: starting, stopping,
 * killing and removing them, and waiting for their end.
 *
 * @module
 */
import { waitForEnd } from "../sys/process.ts";
import { within } from "../sys/timer.ts";
import { openCgroup } from "../runtime/cgroup/cgroup.ts";
import { kill, remove, StatusError } from "../runtime/lifecycle.ts";
import type { Status } from "../runtime/status.ts";
import { NoSuchContainerError, type Store } from "../runtime/store.ts";
import { type BirthOptions, type Born, bringToLife } from "./birth.ts";
import { discard, discardOne } from "./discard.ts";
import { holdNetns, withdrawEnded } from "./ending.ts";
import { find, isOver, tryFind } from "./find.ts";
import { startCreated } from "./network_start.ts";
import { exitCodeOf } from "./records.ts";
import {
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
  using _born = await revive(store, name, status, options);
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
  status: Status,
  options: Pick<BirthOptions, "attach" | "warn"> = {},
): Promise<Born | undefined> {
  if (status !== "stopped") {
    const hint = status === "paused" ? "resume it instead" : "wait a moment";
    throw new StatusError("start", name, status, hint);
  }
  using _lock = lockContainer(store, name);
  // It may have been started, or replaced, while this waited for the lock.
  const found = await find(store, name);
  if (found.status !== "stopped") return undefined;
  if (isOver(found)) {
    // The writable layer of such a one was not made to be used once more.
    await discard(store, name);
    throw new NoSuchContainerError(name, containersDirectory(store));
  }
  await remove(store, name, { force: true });
  return await bringToLife(store, found.container, {
    ...options,
    gate: false,
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
