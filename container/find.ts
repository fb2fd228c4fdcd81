/**
 * Containers as they are, after repair of what a crash has left.
 *
 * @module
 */
import {
  exists,
  listEntries,
  sweepPending,
  tryLockEntry,
} from "../sys/entry.ts";
import { identify } from "../sys/process.ts";
import { type Status, statusOf, trySettle } from "../runtime/status.ts";
import {
  NoSuchContainerError,
  type Record,
  type Store,
} from "../runtime/store.ts";
import { discardOne, forget } from "./discard.ts";
import { withdrawEnded } from "./ending.ts";
import type { ExitRecord } from "./records.ts";
import {
  type Container,
  containerDirectory,
  containersDirectory,
  markReady,
  readExit,
  tryReadContainer,
} from "./store.ts";

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
 * @throws {NoSuchContainerError}
 */
export async function find(store: Store, name: string): Promise<Found> {
  const found = await tryFind(store, name);
  if (!found) throw new NoSuchContainerError(name, containersDirectory(store));
  return found;
}

/** As {@linkcode find}, but undefined when there is no such container. */
export async function tryFind(
  store: Store,
  name: string,
): Promise<Found | undefined> {
  const directory = containerDirectory(store, name);
  const container = tryReadContainer(store, name);
  if (!container) return undefined;
  let record = await trySettle(store, name);
  if (!exists(`${directory}/ready`)) {
    using lock = tryLockEntry(directory);
    // Held: its maker is still at it, or has just removed it again.
    if (!lock) {
      if (!exists(directory)) return undefined;
      return { container, status: "creating", ...(record && { record }) };
    }
    // Its maker may have finished since it was looked at.
    record = await trySettle(store, name);
    if (!record?.init) {
      const { network, mounts = [] } = container;
      await forget(store, name, network, { mounts });
      return undefined;
    }
    const exit = readExit(store, name);
    markReady(store, name, exit && identify(exit.monitorPid));
  }
  const status = record ? statusOf(store, record) : "stopped";
  if (status === "stopped") await withdrawEnded(store, name);
  const exit = readExit(store, name);
  return {
    container,
    status,
    ...(record && { record }),
    ...(exit && { exit }),
  };
}

/** All containers, by name; those that removed themselves are gone. */
export async function findAll(store: Store): Promise<Found[]> {
  const parent = containersDirectory(store);
  sweepPending(store.root);
  sweepPending(parent);
  const found: Found[] = [];
  for (const name of listEntries(parent)) {
    const one = await tryFind(store, name);
    if (!one) continue;
    if (isOver(one)) await discardOne(store, one.container);
    else found.push(one);
  }
  return found;
}

/** Whether a container has ended that was to be removed then. */
export function isOver({ container, status }: Found): boolean {
  return container.autoRemove && status === "stopped";
}
