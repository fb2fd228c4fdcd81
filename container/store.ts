/**
 * Containers on disk: what outlives the runtime's state and a reboot.
 *
 *     DATA/containers/NAME/lock            held by whoever creates or removes it
 *     DATA/containers/NAME/container.json  {@linkcode Container}
 *     DATA/containers/NAME/ready           its monitor, once it was created
 *     DATA/containers/NAME/record          see `records.ts`
 *     DATA/containers/NAME/log             what it wrote
 *     DATA/containers/NAME/ports.json      see `publication.ts`
 *     DATA/containers/NAME/hosts, …        see `names.ts`
 *     DATA/containers/NAME/cni.json        see `cni.ts`
 *     DATA/containers/NAME/upper, work     its writable layer
 *
 * @module
 */
import {
  exists,
  listEntries,
  lockEntry,
  newEntry,
  removeEntry,
  replaceFile,
  sweepPending,
  tryLockEntry,
  tryReadText,
} from "../sys/entry.ts";
import { type Fd, open, read } from "../sys/fd.ts";
import { SyscallError } from "../sys/errors.ts";
import {
  identify,
  isAlive,
  type ProcessId,
  waitForEnd,
} from "../sys/process.ts";
import { startTimer } from "../sys/timer.ts";
import type { Config } from "../runtime/spec.ts";
import type { Status } from "../runtime/status.ts";
import { statusOf, trySettle } from "../runtime/status.ts";
import {
  DuplicateContainerError,
  NoSuchContainerError,
  type Record,
  type Store,
  tryReadRecord,
  validateId,
} from "../runtime/store.ts";
import { remove } from "../runtime/lifecycle.ts";
import type { DnsConfig, HostAlias } from "./name_fields.ts";
import type { NetworkMode } from "./network_mode.ts";
import type { Port } from "./port_fields.ts";
import { decodeExit, EXIT_SIZE, type ExitRecord } from "./records.ts";

/** What container.json holds: what a container was made from. */
export interface Container {
  name: string;
  /** The bundle or root filesystem, absolute. */
  image: string;
  /** RFC 3339. */
  created: string;
  config: Config;
  /** It has a writable layer of its own over the image. */
  overlay: boolean;
  /** Its stdin can be written to. */
  stdin: boolean;
  /** Removed by whoever finds it ended. */
  autoRemove: boolean;
  stopSignal: number;
  /** Seconds between the stop signal and SIGKILL. */
  stopTimeout: number;
  labels: { [key: string]: string };
  /** Absent where the configuration says it all: a loopback of its own. */
  network?: NetworkMode;
  /** What it listens on; published where it has a `hostPort`. */
  ports?: readonly Port[];
  /** Who may connect to published ports. */
  publishFrom?: readonly string[];
  /** Lines of /etc/hosts. */
  hostAliases: readonly HostAlias[];
  /** What its resolver is told instead of what the host's is. */
  dnsConfig: DnsConfig;
}

/** A container as it is now. */
export interface Found {
  container: Container;
  status: Status;
  /** The runtime's state; absent after a reboot. */
  record?: Record;
  /** What its monitor wrote; absent if it was never started. */
  exit?: ExitRecord;
}

/** Where containers are kept. */
export function containersDirectory({ dataRoot }: Store): string {
  return `${dataRoot}/containers`;
}

/** The directory of a container. */
export function containerDirectory(store: Store, name: string): string {
  return `${containersDirectory(store)}/${validateId(name)}`;
}

/**
 * Makes the directory of a container, visible under its name once it is whole.
 * The lock is held until disposed of.
 *
 * @throws {DuplicateContainerError}
 */
export function newContainer(
  store: Store,
  container: Container,
): Disposable {
  const { name } = container;
  const entry = newEntry(
    containersDirectory(store),
    validateId(name),
    () => new DuplicateContainerError(name),
  );
  try {
    const { directory } = entry;
    writeContainer(directory, container);
    if (container.overlay) {
      Deno.mkdirSync(`${directory}/work`);
      Deno.mkdirSync(`${directory}/upper`);
      // The upper directory's mode is the root's: as the image has it.
      const { mode, uid, gid } = Deno.statSync(container.config.root.path);
      Deno.chmodSync(`${directory}/upper`, (mode ?? 0o755) & 0o7777);
      if (uid || gid) Deno.chownSync(`${directory}/upper`, uid, gid);
    }
    entry.publish();
    return entry;
  } catch (error) {
    entry[Symbol.dispose]();
    throw error;
  }
}

/**
 * Waits for the lock of a container and holds it until disposed of.
 *
 * @throws {NoSuchContainerError}
 */
export function lockContainer(store: Store, name: string): Fd {
  const lock = lockEntry(containerDirectory(store, name));
  if (lock) return lock;
  throw new NoSuchContainerError(name, containersDirectory(store));
}

/** What a container was made from, or undefined when there is none. */
export function tryReadContainer(
  store: Store,
  name: string,
): Container | undefined {
  const path = `${containerDirectory(store, name)}/container.json`;
  const text = tryReadText(path);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Replaces container.json. */
export function writeContainer(directory: string, container: Container): void {
  replaceFile(`${directory}/container.json`, JSON.stringify(container));
}

/** Notes that a container was created, and who its monitor is. */
export function markReady(
  store: Store,
  name: string,
  monitor: ProcessId | undefined,
): void {
  const path = `${containerDirectory(store, name)}/ready`;
  replaceFile(path, JSON.stringify(monitor ?? null));
}

/**
 * The monitor of a container; undefined when nothing is known of it. What the
 * monitor wrote goes before what its maker noted, who may have been killed
 * before it noted this one.
 */
export function readMonitor(store: Store, name: string): ProcessId | undefined {
  const noted = readReady(store, name);
  const pid = readExit(store, name)?.monitorPid;
  return pid === undefined || pid === noted?.pid ? noted : identify(pid);
}

/** What {@linkcode markReady} noted. */
function readReady(store: Store, name: string): ProcessId | undefined {
  const text = tryReadText(`${containerDirectory(store, name)}/ready`);
  return JSON.parse(text ?? "null") ?? undefined;
}

/** What a container's monitor wrote. */
export function readExit(store: Store, name: string): ExitRecord | undefined {
  try {
    using file = open(`${containerDirectory(store, name)}/record`);
    return readExitFrom(file);
  } catch (error) {
    if (error instanceof SyscallError && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** The same from an open file, which may be removed meanwhile. */
export function readExitFrom(record: Fd): ExitRecord | undefined {
  using again = open(`/proc/self/fd/${record.number}`);
  const bytes = new Uint8Array(EXIT_SIZE);
  return read(again.number, bytes) === EXIT_SIZE
    ? decodeExit(bytes)
    : undefined;
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
      await forget(store, name, container.network);
      return undefined;
    }
    const exit = readExit(store, name);
    markReady(store, name, exit && identify(exit.monitorPid));
  }
  const status = record ? statusOf(store, record) : "stopped";
  if (status === "stopped" && isOnCni(store, name)) {
    await withdrawEnded(store, name);
  }
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
    if (one.status === "stopped") await withdrawEnded(store, name);
  }
  return found;
}

/** Whether a container has ended that was to be removed then. */
export function isOver({ container, status }: Found): boolean {
  return container.autoRemove && status === "stopped";
}

/**
 * Removes a container and all it has, whatever it is doing. Its lock is the
 * caller's, so that nobody makes another of its name meanwhile.
 */
export async function discard(
  store: Store,
  name: string,
  warn?: Warn,
): Promise<void> {
  const container = tryReadContainer(store, name);
  using netns = holdNetns(store, name);
  await remove(store, name, { force: true });
  await forget(store, name, container?.network, { netns, warn, insist: true });
}

/** Removes what is left of a container when the runtime has nothing of it. */
async function forget(
  store: Store,
  name: string,
  network: NetworkMode | undefined,
  ending: Ending = {},
): Promise<void> {
  await monitorGone(store, name);
  await withdraw(store, name, ending);
  if (network?.kind === "networks") {
    const { leaveNetworks } = await import("./site.ts");
    leaveNetworks(store, name, network.networks);
  }
  removeEntry(containersDirectory(store), name);
}

/** Where its published ports are noted; see `publication.ts`. */
export function portsFile(store: Store, name: string): string {
  return `${containerDirectory(store, name)}/ports.json`;
}

/** Whether it publishes ports, or did and nobody has seen that it ended. */
export function hasPorts(store: Store, name: string): boolean {
  return exists(portsFile(store, name));
}

/** Where it is noted which networks of CNI it is on; see `cni.ts`. */
export function cniFile(store: Store, name: string): string {
  return `${containerDirectory(store, name)}/cni.json`;
}

/** Whether it is on networks of CNI, or was and nobody has taken it off. */
export function isOnCni(store: Store, name: string): boolean {
  return exists(cniFile(store, name));
}

/** Told what could not be done. */
export type Warn = (message: string) => void;

/** What is known where a container's networks are left. */
export interface Ending {
  /** Its network namespace, where somebody has held it. */
  readonly netns?: Fd | undefined;
  readonly warn?: Warn | undefined;
  /**
   * The user waits for it: waits for others who are at it, and tries again what
   * has failed.
   */
  readonly insist?: boolean;
}

/**
 * The network namespace of a container that plugins of CNI have changed: as long
 * as it is held, they can undo all they did. Undefined where there is none.
 */
export function holdNetns(store: Store, name: string): Fd | undefined {
  if (!isOnCni(store, name)) return undefined;
  const init = tryReadRecord(store, name)?.init;
  const netns = init && tryOpen(`/proc/${init.pid}/ns/net`);
  if (!netns) return undefined;
  // Opened first, looked at after: then the pid cannot be another's.
  if (isAlive(init)) return netns;
  netns[Symbol.dispose]();
  return undefined;
}

function tryOpen(path: string): Fd | undefined {
  try {
    return open(path);
  } catch (error) {
    if (error instanceof SyscallError && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/**
 * Publishes the ports of a container that has ended no longer, and takes it off
 * networks of CNI, if it has.
 */
export async function withdrawEnded(
  store: Store,
  name: string,
  ending: Ending = {},
): Promise<void> {
  if (!hasPorts(store, name) && !isOnCni(store, name)) return;
  const directory = containerDirectory(store, name);
  // Held: whoever starts or removes it sees to its ports.
  using lock = ending.insist ? lockEntry(directory) : tryLockEntry(directory);
  if (!lock) return;
  const record = await trySettle(store, name);
  if (record && statusOf(store, record) !== "stopped") return;
  await withdraw(store, name, ending);
}

/**
 * Publishes the ports of a container no longer, and takes it off networks of
 * CNI. The caller holds its lock, and it does not run.
 */
export async function withdraw(
  store: Store,
  name: string,
  { netns, warn = () => {}, insist = false }: Ending = {},
): Promise<void> {
  // Most have none, and do not wait for what knows the packet filter.
  if (hasPorts(store, name)) {
    const { closePorts } = await import("./ports.ts");
    closePorts(store, name);
  }
  if (isOnCni(store, name)) {
    const { takeOffNetworks } = await import("./cni.ts");
    const path = netns ? `/proc/${Deno.pid}/fd/${netns.number}` : "";
    await takeOffNetworks(store, name, path, { warn, insist });
  }
}

/**
 * Waits for the monitor, which ends by itself once its container is killed; it
 * is no reason to wait for ever.
 */
async function monitorGone(store: Store, name: string): Promise<void> {
  const monitor = readMonitor(store, name);
  const PATIENCE = 2000; // ms
  if (monitor) await within(PATIENCE, waitForEnd(monitor));
}

/** Whether a promise was settled before `ms` milliseconds were over. */
export async function within(
  ms: number,
  promise: Promise<void>,
): Promise<boolean> {
  using timer = startTimer(ms);
  return await Promise.race([
    promise.then(() => true),
    timer.over.then(() => false),
  ]);
}

/**
 * Removes a container unless it has gone, and another has its name, by now; and
 * with `stopped`, unless somebody has started it. Returns whether it did.
 */
export async function discardOne(
  store: Store,
  { name, created }: Container,
  { warn, stopped = false }: { warn?: Warn | undefined; stopped?: boolean } =
    {},
): Promise<boolean> {
  // Nobody is to make or start it meanwhile.
  using lock = lockEntry(containerDirectory(store, name));
  if (!lock || tryReadContainer(store, name)?.created !== created) return false;
  const record = stopped ? await trySettle(store, name) : undefined;
  if (record && statusOf(store, record) !== "stopped") return false;
  await discard(store, name, warn);
  return true;
}
