/**
 * State on disk: a directory for each container, with a lock and a JSON file
 * that is replaced as a whole. It is the truth; nothing is kept in memory.
 *
 *     ROOT/ID/lock         held by whoever changes the container
 *     ROOT/ID/state.json   {@linkcode Record}
 *     ROOT/ID/config.json  what the container was made from
 *     ROOT/ID/seccomp      its filter of system calls; see `seccomp/filter.ts`
 *     ROOT/ID/start        a FIFO: init waits here for `start`
 *     ROOT/ID/failure      row and errno, if init failed; there once the cgroup is
 *     ROOT/ID/rootfs       where the root is mounted, in the container only
 *
 * @module
 */
import type { Fd } from "../sys/fd.ts";
import * as entry from "../sys/entry.ts";
import type { ProcessId } from "../sys/process.ts";
import type { Config } from "./spec.ts";

/** Where rkl keeps its state. */
export interface Store {
  /** Live state; empty after a reboot. */
  readonly root: string;
  /** What outlives a reboot: logs, writable layers. */
  readonly dataRoot: string;
  /** Where CNI's networks and plugins are, where it is not the usual place. */
  readonly cni?: CniDirectories;
}

/** Where CNI's networks and plugins are. */
export interface CniDirectories {
  /** Of the networks' files. */
  readonly conf?: string;
  /** Of the plugins' programs; the first that has one counts. */
  readonly plugins?: readonly string[];
}

/** Places used when none are given. */
export const DEFAULT_STORE: Store = {
  root: "/run/rkl",
  dataRoot: "/var/lib/rkl",
};

/** What state.json holds. */
export interface Record {
  /** The version of the config. */
  ociVersion: string;
  /** The name of its directory. */
  id: string;
  /** The directory of config.json, absolute. */
  bundle: string;
  /** When it was created, in RFC 3339. */
  created: string;
  /** The root filesystem, as `rkl list` shows it. */
  rootfs: string;
  /** The container's directory in each cgroup hierarchy; "" is v2. */
  cgroups: { [controller: string]: string };
  /** Names of the rows that can fail after the gate, by index. */
  rows: { [index: string]: string };
  /** Init; missing until the container is created, whoever is killed. */
  init?: ProcessId;
  /** The config's. */
  annotations?: { [key: string]: string };
  /** Makes the init of a supervised container known; see `status.ts`. */
  supervisorRecord?: string;
}

/** A container that is not there. */
export class NoSuchContainerError extends Error {
  /** Tells it from other errors. */
  override readonly name = "NoSuchContainerError";

  /** Says where it was looked for. */
  constructor(
    /** Of the container that is not there. */
    readonly id: string,
    /** Where it was looked for. */
    readonly root: string,
  ) {
    super(`container "${id}" does not exist in ${root}`);
  }
}

/** A container that is there already. */
export class DuplicateContainerError extends Error {
  /** Tells it from other errors. */
  override readonly name = "DuplicateContainerError";

  /** Names what can be done. */
  constructor(
    /** Of the container that is there. */
    readonly id: string,
    /** What of it was to be the new one's. */
    what: "id" | "name" = "id",
  ) {
    super(
      `container "${id}" already exists; choose another ${what} or delete it`,
    );
  }
}

/** An id that cannot be one. */
export class InvalidIdError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InvalidIdError";

  /** Says what an id may be. */
  constructor(
    /** What was given. */
    readonly id: string,
  ) {
    super(
      `${JSON.stringify(id)} is no container id; allowed: 1 to 255 letters, ` +
        'digits, "_", "+", "-", "." and, after the first, no ".."',
    );
  }
}

/**
 * Checks an id before it becomes a path.
 *
 * @throws {InvalidIdError}
 */
export function validateId(id: string): string {
  if (!/^[\w+][\w+.-]{0,254}$/.test(id)) throw new InvalidIdError(id);
  return id;
}

/** The directory of a container. */
export function directoryOf(store: Store, id: string): string {
  return `${store.root}/${validateId(id)}`;
}

/**
 * Makes a container's directory under a pending name, locked.
 *
 * @throws {DuplicateContainerError}
 */
export function newEntry({ root }: Store, id: string): entry.NewEntry {
  const taken = () => new DuplicateContainerError(id);
  return entry.newEntry(root, validateId(id), taken);
}

/**
 * Waits for the lock of a container and holds it until disposed of.
 *
 * @throws {NoSuchContainerError}
 */
export function lockContainer(store: Store, id: string): Fd {
  const lock = entry.lockEntry(directoryOf(store, id));
  if (!lock) throw new NoSuchContainerError(id, store.root);
  return lock;
}

/**
 * What is known of a container.
 *
 * @throws {NoSuchContainerError}
 */
export function readRecord(store: Store, id: string): Record {
  const record = tryReadRecord(store, id);
  if (!record) throw new NoSuchContainerError(id, store.root);
  return record;
}

/** What is known of a container, or undefined when there is none. */
export function tryReadRecord(store: Store, id: string): Record | undefined {
  const text = entry.tryReadText(`${directoryOf(store, id)}/state.json`);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Replaces state.json as a whole. */
export function writeRecord(directory: string, record: Record): void {
  entry.replaceFile(`${directory}/state.json`, JSON.stringify(record));
}

/** The config a container was made from. */
export function readStoredConfig(store: Store, id: string): Config {
  const text = Deno.readTextFileSync(`${directoryOf(store, id)}/config.json`);
  return JSON.parse(text) as Config; // checked when it was written
}
