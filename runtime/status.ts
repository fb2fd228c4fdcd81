/**
 * What a container is doing: told from the kernel, not from what somebody
 * wrote down, so that it is true after any crash.
 *
 * @module
 */
import {
  exists,
  listEntries,
  sweepPending,
  tryLockEntry,
} from "../sys/entry.ts";
import { type Fd, O, open, read, tryOpen } from "../sys/fd.ts";
import { SyscallError } from "../sys/errors.ts";
import { identify, isAlive, readStat } from "../sys/process.ts";
import { openCgroup } from "./cgroup/cgroup.ts";
import { abandon, destroy } from "./remove.ts";
import {
  directoryOf,
  lockContainer,
  NoSuchContainerError,
  readRecord,
  type Record,
  type Store,
  tryReadRecord,
  writeRecord,
} from "./store.ts";

/** States of runtime-spec's runtime.md, and `paused` as runc has it. */
export type Status = "creating" | "created" | "running" | "paused" | "stopped";

/** What `rkl state` prints: runtime-spec's State, and runc's additions. */
export interface State {
  /** The version of the config. */
  ociVersion: string;
  /** As it was given to `create`. */
  id: string;
  /** What it does now. */
  status: Status;
  /** Of init as the host sees it; absent when it has ended. */
  pid?: number;
  /** The directory of config.json, absolute. */
  bundle: string;
  /** The root filesystem, as the host sees it. */
  rootfs: string;
  /** RFC 3339. */
  created: string;
  /** The config's. */
  annotations?: { [key: string]: string };
}

/** The status of a container whose creator is done with it. */
export function statusOf(store: Store, record: Record): Status {
  const { init } = record;
  if (!init) return "creating";
  if (!isAlive(init)) return "stopped";
  if (waitsAtGate(store, record.id)) return "created";
  return openCgroup(record.cgroups).isFrozen() ? "paused" : "running";
}

/**
 * Init holds the gate's FIFO open until it executes the program, so that a
 * FIFO without a reader tells that it did.
 */
function waitsAtGate(store: Store, id: string): boolean {
  using gate = openGate(store, id);
  return gate !== undefined;
}

/** The writing end of the gate, or undefined when nobody waits there. */
export function openGate(store: Store, id: string): Fd | undefined {
  try {
    return open(`${directoryOf(store, id)}/start`, O.WRONLY | O.NONBLOCK);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    // ENXIO: no reader. ENOENT: it was made without a gate.
    if (error.code === "ENXIO" || error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** The state of a container, for people and for other programs. */
export function describeState(store: Store, record: Record): State {
  const status = statusOf(store, record);
  const { ociVersion, id, bundle, rootfs, created, annotations, init } = record;
  const pid = status === "stopped" ? undefined : init?.pid;
  return {
    ociVersion,
    id,
    ...(pid !== undefined && { pid }),
    status,
    bundle,
    rootfs,
    created,
    ...(annotations && { annotations }),
  };
}

/**
 * What is known of a container, after repair: one whose creator was killed is
 * adopted if its init lives, and else removed.
 *
 * @throws {NoSuchContainerError}
 */
export async function settle(store: Store, id: string): Promise<Record> {
  const record = await trySettle(store, id);
  if (!record) throw new NoSuchContainerError(id, store.root);
  return record;
}

/** As {@linkcode settle}, but undefined when there is no such container. */
export async function trySettle(
  store: Store,
  id: string,
): Promise<Record | undefined> {
  const record = tryReadRecord(store, id);
  if (!record || record.init) return record;
  using lock = tryLockEntry(directoryOf(store, id));
  if (!lock) return record; // its creator is still at it
  const current = tryReadRecord(store, id);
  if (!current || current.init) return current;
  return await adopt(store, current);
}

/** All containers, repaired; what has no name yet and no maker is removed. */
export async function settleAll(store: Store): Promise<Record[]> {
  sweepPending(store.root);
  const records: Record[] = [];
  for (const id of listEntries(store.root)) {
    const record = await trySettle(store, id);
    if (record) records.push(record);
  }
  return records;
}

/** The creator is gone, and its lock is held here. */
async function adopt(
  store: Store,
  record: Record,
): Promise<Record | undefined> {
  const init = findInit(record);
  if (!init) {
    const owned = exists(`${directoryOf(store, record.id)}/failure`);
    await (owned ? destroy : abandon)(store, record);
    return undefined;
  }
  const adopted = { ...record, init };
  writeRecord(directoryOf(store, record.id), adopted);
  return adopted;
}

/**
 * The init that a supervisor recorded, if it is in the container's cgroup.
 * Without a supervisor nobody would ever know the exit code of an init whose
 * creator died, so there is none to adopt.
 */
function findInit({ supervisorRecord, cgroups }: Record) {
  if (!supervisorRecord) return undefined;
  const pid = readInitPid(supervisorRecord);
  const init = pid ? identify(pid) : undefined;
  if (!init || readStat(init.pid)?.state === "Z") return undefined;
  const members = openCgroup(cgroups).processes();
  return members.includes(init.pid) ? init : undefined;
}

/**
 * The pid of init that a supervisor wrote, or 0: `struct { u32 monitor, init;
 * … }`, see `container/monitor/monitor.ts`.
 */
export function readInitPid(path: string): number {
  const bytes = new Uint8Array(8);
  using file = tryOpen(path);
  if (file) read(file.number, bytes);
  return new DataView(bytes.buffer).getUint32(4, true);
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

/** The pids of a container's processes, as the host sees them. */
export async function processes(store: Store, id: string): Promise<number[]> {
  const { cgroups } = await settle(store, id);
  return openCgroup(cgroups).processes();
}
