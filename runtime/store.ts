/**
 * State on disk: a directory for each container, with a lock and a JSON file
 * that is replaced as a whole. It is the truth; nothing is kept in memory.
 *
 *     ROOT/ID/lock         held by whoever changes the container
 *     ROOT/ID/state.json   {@linkcode Record}
 *     ROOT/ID/config.json  what the container was made from
 *     ROOT/ID/start        a FIFO: init waits here for `start`
 *     ROOT/ID/failure      row and errno, if init failed; there once the cgroup is
 *     ROOT/ID/rootfs       where the root is mounted, in the container only
 *
 * @module
 */
import {
  type Fd,
  lockExclusive,
  O,
  open,
  tryLockExclusive,
} from "../sys/fd.ts";
import type { ProcessId } from "../sys/process.ts";

/** Where rkl keeps its state. */
export interface Store {
  /** Live state; empty after a reboot. */
  readonly root: string;
  /** What outlives a reboot: logs, writable layers. */
  readonly dataRoot: string;
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
  ) {
    super(`container "${id}" already exists; choose another id or delete it`);
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

/** A directory that is being filled, not yet visible under its name. */
export interface NewEntry extends Disposable {
  readonly directory: string;
  /** Held; goes on being held under the name. */
  readonly lock: Fd;
  /** Gives it its name. */
  publish(): string;
}

const PENDING = ".new-";

/**
 * How names begin that are not yet, or no longer, a container's: with the pid
 * of who makes or removes it, so that others see when that was cut short.
 */
export const PENDING_PREFIX = `${PENDING}${Deno.pid}-`;

/**
 * Makes a container's directory under a temporary name, locked, so that nobody
 * meets it half made or unlocked. Disposing of it unpublished removes it.
 */
export function newEntry(store: Store, id: string): NewEntry {
  const target = directoryOf(store, id);
  Deno.mkdirSync(store.root, { recursive: true, mode: 0o700 });
  if (exists(target)) throw new DuplicateContainerError(id);
  const directory = Deno.makeTempDirSync({
    dir: store.root,
    prefix: PENDING_PREFIX,
  });
  let published = false;
  try {
    const lock = open(`${directory}/lock`, O.RDWR | O.CREAT);
    lockExclusive(lock);
    return {
      directory,
      lock,
      publish() {
        try {
          Deno.renameSync(directory, target);
        } catch (error) {
          // rename(2) replaces a directory only if it is empty; ours never is.
          if (exists(target)) throw new DuplicateContainerError(id);
          throw error;
        }
        published = true;
        return target;
      },
      [Symbol.dispose]() {
        lock[Symbol.dispose]();
        if (!published) Deno.removeSync(directory, { recursive: true });
      },
    };
  } catch (error) {
    Deno.removeSync(directory, { recursive: true });
    throw error;
  }
}

/**
 * Waits for the lock of a container and holds it until disposed of.
 *
 * @throws {NoSuchContainerError}
 */
export function lockContainer(store: Store, id: string): Fd {
  const lock = lockAt(`${directoryOf(store, id)}/lock`, lockExclusive);
  if (!lock) throw new NoSuchContainerError(id, store.root);
  return lock;
}

/** The lock, if nobody holds it. */
export function tryLockContainer(store: Store, id: string): Fd | undefined {
  return lockAt(`${directoryOf(store, id)}/lock`, tryLockExclusive);
}

/**
 * Opens and locks the file at `path`; undefined when there is none, or `lock`
 * says false. Who held it may have deleted the container, and another may have
 * its name by now: then the lock is that one's.
 */
export function lockAt(
  path: string,
  lock: (file: Fd) => boolean | void,
): Fd | undefined {
  for (;;) {
    const file = openIfThere(path);
    if (!file) return undefined;
    const locked = lock(file) !== false;
    if (locked && isAt(file, path)) return file;
    file[Symbol.dispose]();
    if (!locked) return undefined;
  }
}

function openIfThere(path: string): Fd | undefined {
  try {
    return open(path, O.RDWR);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether an open file is the one at `path`, still. */
function isAt(file: Fd, path: string): boolean {
  try {
    const [held, there] = [`/proc/self/fd/${file.number}`, path].map((path) =>
      Deno.statSync(path)
    );
    return held!.ino === there!.ino && held!.dev === there!.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
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
  try {
    const text = Deno.readTextFileSync(`${directoryOf(store, id)}/state.json`);
    return JSON.parse(text) as Record;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Replaces state.json as a whole. */
export function writeRecord(directory: string, record: Record): void {
  replaceFile(`${directory}/state.json`, JSON.stringify(record));
}

/** Writes a file next to its place and renames it there; mode 0600. */
export function replaceFile(path: string, text: string): void {
  Deno.writeTextFileSync(`${path}.new`, text, { mode: 0o600 });
  Deno.renameSync(`${path}.new`, path);
}

/** The ids of all containers, sorted. */
export function listIds(store: Store): string[] {
  const ids: string[] = [];
  try {
    for (const { name, isDirectory } of Deno.readDirSync(store.root)) {
      if (isDirectory && !name.startsWith(".")) ids.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return ids.sort();
}

/** Removes directories whose makers died before they had a name. */
export function sweepPending(directory: string): void {
  let names: string[];
  try {
    names = [...Deno.readDirSync(directory)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const name of names) {
    if (!name.startsWith(PENDING)) continue;
    const path = `${directory}/${name}`;
    try {
      using lock = open(`${path}/lock`, O.RDWR);
      // Free: there is a moment before its maker locks it.
      if (tryLockExclusive(lock)) removeUnlessInWork(path, name);
    } catch (error) {
      const code = (error as { code?: string }).code;
      // Not locked yet, or the lock is removed already.
      if (code === "ENOENT") removeUnlessInWork(path, name);
      else if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Removes what nobody is at: its pid is gone, or it has been there too long. */
function removeUnlessInWork(path: string, name: string): void {
  const GRACE = 10_000; // ms that making or removing a directory may take
  try {
    const { mtime } = Deno.statSync(path);
    const young = Date.now() - (mtime?.getTime() ?? 0) < GRACE;
    if (young && exists(`/proc/${name.split("-")[1]}`)) return;
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether a path exists, links not followed. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
