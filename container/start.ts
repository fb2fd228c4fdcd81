/**
 * Starting containers that are there: those that were created, those that have
 * ended, and with `restart` those that run, once more.
 *
 * @module
 */
import { ifThere } from "../sys/entry.ts";
import { remove } from "../runtime/delete.ts";
import { StatusError } from "../runtime/refusals.ts";
import { NoSuchContainerError, type Store } from "../runtime/store.ts";
import { type BirthOptions, type Born, bringToLife } from "./birth.ts";
import { discard } from "./discard.ts";
import { find, type Found, isOver } from "./find.ts";
import { note, ofContainer } from "./journal/journal.ts";
import { holdNetns, withdraw } from "./network/ending.ts";
import { startCreated } from "./network/start.ts";
import { wantRunning } from "./restart/state.ts";
import { end, type StopOptions } from "./stop.ts";
import {
  type Container,
  containerDirectory,
  containersDirectory,
  lockContainer,
} from "./store.ts";

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
    using _netns = await startCreated(store, container, options.warn);
    return;
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
  using _lock = await lockContainer(store, container);
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
  using _lock = await lockContainer(store, container);
  const found = await find(store, id);
  using netns = holdNetns(store, id);
  wantRunning(store, container);
  await end(store, found, options);
  await withdraw(store, id, { netns, warn: options.warn, insist: true });
  const { warn } = options;
  using _born = await liveAgain(store, found.container, { warn });
  note(store, ofContainer(found.container, "restart"), options.warn);
}
