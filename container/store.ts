/**
 * Containers on disk: what outlives the runtime's state and a reboot.
 *
 *     DATA/containers/ID/lock            held by whoever creates or removes it
 *     DATA/containers/ID/container.json  {@linkcode Container}
 *     DATA/containers/ID/ready           its monitor, once it was created
 *     DATA/containers/ID/record          see `monitor/records.ts`
 *     DATA/containers/ID/die             see `journal/death.ts`
 *     DATA/containers/ID/log             what it wrote, see `log/files.ts`
 *     DATA/containers/ID/ports.json      see `network/publication.ts`
 *     DATA/containers/ID/hosts, …        see `network/names.ts`
 *     DATA/containers/ID/cni.json        see `network/cni.ts`
 *     DATA/containers/ID/restart.json    see `restart/state.ts`
 *     DATA/containers/ID/upper, work     its writable layer
 *
 * @module
 */
import {
  awaitEntry,
  exists,
  ifThere,
  replaceFile,
  tryReadJson,
} from "../sys/entry.ts";
import { type Fd, tryOpen } from "../sys/fd.ts";
import { identify, isAlive, type ProcessId } from "../sys/process.ts";
import { syscall } from "../sys/syscall.ts";
import type { Config } from "../runtime/spec.ts";
import {
  NoSuchContainerError,
  type Store,
  validateId,
} from "../runtime/store.ts";
import type { ContainerId } from "./id.ts";
import type { DnsConfig, HostAlias } from "./network/name_fields.ts";
import type { Healthcheck } from "./health/healthcheck.ts";
import type { Logging } from "./log/logging.ts";
import type { SettledMount } from "./mount/fields.ts";
import type { NetworkMode } from "./network/mode.ts";
import type { Port } from "./network/port_fields.ts";
import type { RestartPolicy } from "./restart/policy.ts";
import { decodeExit, EXIT_SIZE, type ExitRecord } from "./monitor/records.ts";

/** What container.json holds: what a container was made from. */
export interface Container {
  id: ContainerId;
  /** One that no other has now; see `name_index.ts`. */
  name: string;
  /** The bundle or root filesystem, absolute. */
  image: string;
  /** RFC 3339. */
  created: string;
  config: Config;
  /** System calls are filtered as docker does it; else as the config says. */
  seccomp?: "builtin";
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
  /** Its pid 1 is rkl's, and the program a child of that. */
  init?: boolean;
  /** Whose processes it sees, and whose IPC objects: see `specification/sharing_fields.ts`. */
  pid?: string;
  ipc?: string;
  /** What follows its end; nothing when absent. */
  restart?: RestartPolicy;
  /** What tells whether it is healthy. */
  healthcheck?: Healthcheck;
  /** What becomes of its output. */
  logging: Logging;
  /** Absent where the configuration says it all: a loopback of its own. */
  network?: NetworkMode;
  /** What it listens on; published where it has a `hostPort`. */
  ports?: readonly Port[];
  /** Who may connect to published ports. */
  publishFrom?: readonly string[];
  /** Besides those of its image; absent where there are none. */
  mounts?: readonly SettledMount[];
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
export function containerDirectory(store: Store, id: ContainerId): string {
  return `${containersDirectory(store)}/${validateId(id)}`;
}

/**
 * Waits for the lock of a container and holds it until disposed of.
 *
 * @throws {NoSuchContainerError}
 */
export async function lockContainer(
  store: Store,
  { id, name }: Pick<Container, "id" | "name">,
): Promise<Fd> {
  const lock = await awaitEntry(containerDirectory(store, id));
  if (lock) return lock;
  throw new NoSuchContainerError(name, containersDirectory(store));
}

/** What a container was made from, or undefined when there is none. */
export function tryReadContainer(
  store: Store,
  id: ContainerId,
): Container | undefined {
  const path = `${containerDirectory(store, id)}/container.json`;
  const value = tryReadJson<Omit<Container, "id">>(path);
  return value && { id, ...value };
}

/** What a container is called; its id, when it is gone. */
export function nameOf(store: Store, id: ContainerId): string {
  return tryReadContainer(store, id)?.name ?? id;
}

/** Replaces container.json. */
export function writeContainer(directory: string, container: Container): void {
  replaceFile(`${directory}/container.json`, JSON.stringify(container));
}

/**
 * The monitor that has just written a record. One that has ended already is
 * nobody who has its pid later.
 */
export function identifyMonitor({ monitorPid: pid }: ExitRecord): ProcessId {
  return identify(pid) ?? { pid, startTime: 0 };
}

/** Notes that a container was created, or started, and who its monitor is. */
export function markReady(
  store: Store,
  id: ContainerId,
  monitor: ProcessId | undefined,
): void {
  const path = `${containerDirectory(store, id)}/ready`;
  replaceFile(path, JSON.stringify(monitor ?? null));
}

/**
 * The monitor of a container; undefined when nothing is known of it. What the
 * monitor wrote goes before what its maker noted, who may have been killed
 * before it noted this one.
 */
export function readMonitor(
  store: Store,
  id: ContainerId,
): ProcessId | undefined {
  const noted = readReady(store, id);
  const pid = readExit(store, id)?.monitorPid;
  return pid === undefined || pid === noted?.pid ? noted : identify(pid);
}

/**
 * Whether somebody is there who writes how a container has ended, or ends. Init
 * may be gone already.
 */
export function hasMonitor(store: Store, id: ContainerId): boolean {
  const monitor = readMonitor(store, id);
  return monitor !== undefined && isAlive(monitor);
}

/** When a container began to run, for the last time; as {@linkcode markReady}. */
export function readStarted(store: Store, id: ContainerId): Date | undefined {
  const path = `${containerDirectory(store, id)}/ready`;
  return ifThere(path, () => Deno.statSync(path).mtime ?? undefined);
}

/** What {@linkcode markReady} noted. */
function readReady(store: Store, id: ContainerId): ProcessId | undefined {
  const path = `${containerDirectory(store, id)}/ready`;
  return tryReadJson<ProcessId | null>(path) ?? undefined;
}

/** What a container's monitor wrote. */
export function readExit(
  store: Store,
  id: ContainerId,
): ExitRecord | undefined {
  using file = tryOpen(`${containerDirectory(store, id)}/record`);
  return file && readExitFrom(file);
}

/** The same from an open file, which may be removed meanwhile. */
export function readExitFrom(record: Fd): ExitRecord | undefined {
  const bytes = new Uint8Array(EXIT_SIZE);
  const count = syscall("pread64", record.number, bytes, EXIT_SIZE, 0);
  return count === EXIT_SIZE ? decodeExit(bytes) : undefined;
}

/** Where its log is. */
export function logDirectory(store: Store, id: ContainerId): string {
  return `${containerDirectory(store, id)}/log`;
}

/** Where its published ports are noted; see `network/publication.ts`. */
export function portsFile(store: Store, id: ContainerId): string {
  return `${containerDirectory(store, id)}/ports.json`;
}

/** Whether it publishes ports, or did and nobody has seen that it ended. */
export function hasPorts(store: Store, id: ContainerId): boolean {
  return exists(portsFile(store, id));
}

/** Where it is noted which networks of CNI it is on; see `network/cni.ts`. */
export function cniFile(store: Store, id: ContainerId): string {
  return `${containerDirectory(store, id)}/cni.json`;
}

/** Whether it is on networks of CNI, or was and nobody has taken it off. */
export function isOnCni(store: Store, id: ContainerId): boolean {
  return exists(cniFile(store, id));
}
