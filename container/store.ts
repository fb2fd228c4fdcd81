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
  lockEntry,
  newEntry,
  replaceFile,
  tryReadText,
} from "../sys/entry.ts";
import { type Fd, open, read, tryOpen } from "../sys/fd.ts";
import { identify, type ProcessId } from "../sys/process.ts";
import type { Config } from "../runtime/spec.ts";
import {
  DuplicateContainerError,
  NoSuchContainerError,
  type Store,
  validateId,
} from "../runtime/store.ts";
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
  /** It ends with the first who attaches to it, as they made it to be. */
  stdinOnce?: boolean;
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
  using file = tryOpen(`${containerDirectory(store, name)}/record`);
  return file && readExitFrom(file);
}

/** The same from an open file, which may be removed meanwhile. */
export function readExitFrom(record: Fd): ExitRecord | undefined {
  using again = open(`/proc/self/fd/${record.number}`);
  const bytes = new Uint8Array(EXIT_SIZE);
  return read(again.number, bytes) === EXIT_SIZE
    ? decodeExit(bytes)
    : undefined;
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
