/**
 * Containers as they are, after repair of what a crash has left.
 *
 * @module
 */
import {
  exists,
  removeEntry,
  sweepPending,
  tryLockEntry,
} from "../sys/entry.ts";
import { readStat, waitForEnd } from "../sys/process.ts";
import { openCgroup } from "../runtime/cgroup/cgroup.ts";
import { type Status, statusOf, trySettle } from "../runtime/status.ts";
import {
  NoSuchContainerError,
  type Record,
  type Store,
} from "../runtime/store.ts";
import { discardOne, forget, monitorGone } from "./discard.ts";
import { withdrawEnded } from "./network/ending.ts";
import { endsWithInit } from "./namespaces.ts";
import { isNoted, noteMaking, noteMissing } from "./journal/life.ts";
import type { ExitRecord } from "./monitor/records.ts";
import {
  type Container,
  containerDirectory,
  containersDirectory,
  identifyMonitor,
  lockContainer,
  markReady,
  readExit,
  tryReadContainer,
} from "./store.ts";
import type { ContainerId } from "./id.ts";
import { listIds, resolveId } from "./name_index.ts";

/** A container as it is now. */
export interface Found {
  container: Container;
  status: Status;
  /** The runtime's state; absent after a reboot. */
  record?: Record;
  /** What its monitor wrote; absent if it was never started. */
  exit?: ExitRecord;
}

/**
 * A container as it is, after repair: half made ones without a maker are
 * removed, and so are ended ones that were to be.
 *
 * @param word Its name, its id, or as much of that as tells it from others.
 * @throws {NoSuchContainerError | AmbiguousIdError}
 */
export async function find(store: Store, word: string): Promise<Found> {
  const found = await tryFind(store, word);
  if (!found) throw new NoSuchContainerError(word, containersDirectory(store));
  return found;
}

/**
 * As {@linkcode find}, but undefined when there is no such container.
 *
 * @throws {AmbiguousIdError}
 */
export async function tryFind(
  store: Store,
  word: string,
): Promise<Found | undefined> {
  const id = resolveId(store, word);
  return id && await findById(store, id);
}

/**
 * As {@linkcode find}, with the container's lock held until disposed of: it is
 * looked at once more, as it may have changed while that was waited for.
 *
 * @throws {NoSuchContainerError | AmbiguousIdError}
 */
export async function findLocked(
  store: Store,
  word: string,
): Promise<Found & Disposable> {
  const { container } = await find(store, word);
  using stack = new DisposableStack();
  stack.use(await lockContainer(store, container));
  const found = await find(store, container.id);
  const lock = stack.move();
  return { ...found, [Symbol.dispose]: () => lock.dispose() };
}

/** The container of that very id, after repair. */
export async function findById(
  store: Store,
  id: ContainerId,
): Promise<Found | undefined> {
  const directory = containerDirectory(store, id);
  const container = tryReadContainer(store, id);
  if (!container) return undefined;
  let record = await trySettle(store, id);
  if (!exists(`${directory}/ready`)) {
    using lock = tryLockEntry(directory);
    // Held: its maker is still at it, or has just removed it again.
    if (!lock) {
      if (!exists(directory)) return undefined;
      return { container, status: "creating", ...(record && { record }) };
    }
    // Its maker may have finished since it was looked at.
    record = await trySettle(store, id);
    if (!record?.init) {
      await noteMaking(store, container);
      await forget(store, container, { volumes: true });
      return undefined;
    }
    const exit = readExit(store, id);
    markReady(store, id, exit && identifyMonitor(exit));
  }
  let exit = readExit(store, id);
  if (record) await endAbandoned(record, exit);
  const status = record ? statusOf(store, record) : "stopped";
  if (status === "stopped") {
    if (record && !endsWithInit(container)) await endLeftOvers(store, id);
    await withdrawEnded(store, id);
    exit = await finalExit(store, id);
  }
  if (exit && !isNoted(status, exit)) {
    using lock = tryLockEntry(directory);
    // Held: whoever starts or removes it is about to note it.
    if (lock) await noteMissing(store, container, status);
  }
  return {
    container,
    status,
    ...(record && { record }),
    ...(exit && { exit }),
  };
}

/**
 * Ends a container whose monitor was killed: nobody reads its output, or would
 * tell how it ended. The kernel does it, unless init has changed its user, or
 * its AppArmor profile, since: see PR_SET_PDEATHSIG in prctl(2).
 */
async function endAbandoned(
  { init, cgroups }: Record,
  exit: ExitRecord | undefined,
): Promise<void> {
  if (!init || exit?.initPid !== init.pid) return;
  const stat = readStat(init.pid);
  const isInit = stat?.startTime === init.startTime;
  if (!isInit || stat.parent === exit.monitorPid) return;
  openCgroup(cgroups).kill();
  await waitForEnd(init);
}

/**
 * Ends what a container's first process has left running, unless somebody is at
 * the container, who does so.
 */
async function endLeftOvers(store: Store, id: ContainerId): Promise<void> {
  using lock = tryLockEntry(containerDirectory(store, id));
  const record = lock && await trySettle(store, id);
  if (!record || statusOf(store, record) !== "stopped") return;
  const cgroup = openCgroup(record.cgroups);
  if (cgroup.processes().length > 0) cgroup.kill();
}

/** How a container ended: its monitor writes that a moment after the end. */
async function finalExit(
  store: Store,
  id: ContainerId,
): Promise<ExitRecord | undefined> {
  const record = readExit(store, id);
  if (!record || record.exit) return record;
  await monitorGone(store, id);
  return readExit(store, id);
}

/** Told of a container that something could not be done to, and why. */
export type Failed = (id: string, error: unknown) => void;

/**
 * All containers, by id; those that removed themselves are gone, and those are
 * left out that cannot be looked at.
 */
export async function findAll(
  store: Store,
  failed: Failed = () => {},
): Promise<Found[]> {
  const parent = containersDirectory(store);
  sweepPending(store.root);
  sweepPending(parent);
  const found: Found[] = [];
  for (const id of listIds(store)) {
    try {
      const one = await findById(store, id);
      if (!one) sweepUnknown(store, id);
      else if (isOver(one)) {
        await discardOne(store, one.container, { only: ["stopped"] });
      } else found.push(one);
    } catch (error) {
      failed(id, error);
    }
  }
  return found;
}

/** Removes a directory that does not say what container it is, if it is there. */
function sweepUnknown(store: Store, id: ContainerId): void {
  using lock = tryLockEntry(containerDirectory(store, id));
  if (!lock || tryReadContainer(store, id)) return;
  removeEntry(containersDirectory(store), id);
}

/** Whether a container has ended that was to be removed then. */
export function isOver({ container, status }: Found): boolean {
  return container.autoRemove && status === "stopped";
}
