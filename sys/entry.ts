/**
 * State on disk: directories that appear whole and go at once, each with a
 * lock, and files in them that are replaced as a whole.
 *
 * A directory is filled under a pending name, locked, and then given its own;
 * before it is removed it gets a pending name again. So nobody meets one half
 * made or half gone, and what a killed process left is told apart and swept.
 *
 * @module
 */
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import {
  AT,
  AT_FDCWD,
  type Fd,
  lockExclusive,
  O,
  open,
  tryLockExclusive,
  tryOpen,
  writeAll,
} from "./fd.ts";
import { removeTree } from "./remove_tree.ts";
import { syscall, trySyscall } from "./syscall.ts";
import { sleep } from "./timer.ts";

/** A directory that is being filled, not yet visible under its name. */
export interface NewEntry extends Disposable {
  readonly directory: string;
  /** Gives it its name. It stays locked until disposed of. */
  publish(): void;
}

const PENDING = ".new-";

/** The pid of who makes or removes it tells others when that was cut short. */
export const PENDING_PREFIX = `${PENDING}${Deno.pid}-`;

/**
 * Makes the directory of `name` below `parent` under a pending name, locked.
 * Disposing of it unlocks it and, unpublished, removes it.
 *
 * @param taken The error for a name that another has.
 */
export function newEntry(
  parent: string,
  name: string,
  taken: () => Error,
): NewEntry {
  const target = `${parent}/${name}`;
  Deno.mkdirSync(parent, { recursive: true, mode: 0o700 });
  if (exists(target)) throw taken();
  const directory = takePendingName(
    parent,
    (path) => trySyscall("mkdirat", AT_FDCWD, path, 0o700),
  );
  let published = false;
  try {
    const lock = open(lockOf(directory), O.RDWR | O.CREAT);
    lockExclusive(lock);
    return {
      directory,
      publish() {
        try {
          Deno.renameSync(directory, target);
        } catch (error) {
          // rename(2) replaces a directory only if it is empty; ours never is.
          if (exists(target)) throw taken();
          throw error;
        }
        published = true;
      },
      [Symbol.dispose]() {
        lock[Symbol.dispose]();
        if (!published) removeTree(directory);
      },
    };
  } catch (error) {
    removeTree(directory);
    throw error;
  }
}

/** Removes an entry and all in it; one that is not there is no failure. */
export function removeEntry(parent: string, name: string): void {
  const RENAME_NOREPLACE = 1;
  const entry = `${parent}/${name}`;
  if (!exists(entry)) return;
  try {
    const gone = takePendingName(parent, (path) =>
      trySyscall(
        "renameat2",
        ...[AT_FDCWD, entry, AT_FDCWD, path, RENAME_NOREPLACE],
      ));
    removeTree(gone);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}

let pendingNames = 0;

/**
 * A pending path that `take` could make its own: a process that was killed may
 * have left one with this one's pid.
 */
function takePendingName(
  parent: string,
  take: (path: string) => number,
): string {
  for (;;) {
    const path = `${parent}/${PENDING_PREFIX}${pendingNames++}`;
    const result = take(path);
    if (result >= 0) return path;
    if (result !== -ERRNO.EEXIST!) {
      throw new SyscallError("make or remove an entry of", parent, -result);
    }
  }
}

/** The names of all entries, sorted. */
export function listEntries(parent: string): string[] {
  return read(parent)
    .filter(({ name, isDirectory }) => isDirectory && !name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

/**
 * As {@linkcode lockEntry}, without keeping others of this process from their
 * work: who has the lock may be waiting for them.
 */
export async function awaitEntry(directory: string): Promise<Fd | undefined> {
  const LONGEST = 50; // ms between looks
  for (let pause = 5;; pause = Math.min(2 * pause, LONGEST)) {
    const lock = tryLockEntry(directory);
    if (lock || !exists(lockOf(directory))) return lock;
    await sleep(pause);
  }
}

/** Waits for the lock of an entry; undefined when there is none. */
export function lockEntry(directory: string): Fd | undefined {
  return lockAt(lockOf(directory), lockExclusive);
}

/** The lock of an entry, if it is there and nobody holds it. */
export function tryLockEntry(directory: string): Fd | undefined {
  return lockAt(lockOf(directory), tryLockExclusive);
}

function lockOf(directory: string): string {
  return `${directory}/lock`;
}

/**
 * Opens and locks the file at `path`; undefined when there is none, or `lock`
 * says false. Who held it may have removed the entry, and another may have its
 * name by now: then the lock is that one's.
 */
export function lockAt(
  path: string,
  lock: (file: Fd) => boolean | void,
): Fd | undefined {
  for (;;) {
    const file = tryOpen(path, O.RDWR);
    if (!file) return undefined;
    const locked = lock(file) !== false;
    if (locked && isAt(file, path)) return file;
    file[Symbol.dispose]();
    if (!locked) return undefined;
  }
}

/** Waits for the lock that is the file at `path`, which is made if need be. */
export function lockFile(path: string): Fd {
  for (;;) {
    open(path, O.RDWR | O.CREAT)[Symbol.dispose]();
    const lock = lockAt(path, lockExclusive);
    if (lock) return lock; // else it was removed between the two
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

/** Who is told of what is swept. */
export interface Sweeping {
  /** Told the path of each before it goes. */
  readonly goes?: (path: string) => void;
  /** Told of those that could not be removed, and so are still there. */
  readonly stays?: (path: string, error: unknown) => void;
}

/**
 * Removes directories whose makers died before they had a name. One that cannot
 * be removed keeps nobody from the others.
 */
export function sweepPending(
  parent: string,
  { goes = () => {}, stays = () => {} }: Sweeping = {},
): void {
  for (const { name } of read(parent)) {
    if (!name.startsWith(PENDING)) continue;
    const path = `${parent}/${name}`;
    try {
      // There is none before it is made, and when it is removed already.
      using lock = tryOpen(lockOf(path), O.RDWR);
      // Free: there is a moment before its maker locks it.
      const free = !lock || tryLockExclusive(lock);
      if (free) removeUnlessInWork(path, name, goes);
    } catch (error) {
      stays(path, error);
    }
  }
}

/** Removes what nobody is at: its pid is gone, or it has been there too long. */
function removeUnlessInWork(
  path: string,
  name: string,
  goes: (path: string) => void,
): void {
  const GRACE = 10_000; // ms that making or removing a directory may take
  try {
    const { mtime } = Deno.statSync(path);
    const young = Date.now() - (mtime?.getTime() ?? 0) < GRACE;
    if (young && exists(`/proc/${name.split("-")[1]}`)) return;
    goes(path);
    removeTree(path);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}

function read(directory: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(directory)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Writes a file next to its place and renames it there; mode 0600. */
export function replaceFile(path: string, text: string): void {
  Deno.writeTextFileSync(`${path}.new`, text, { mode: 0o600 });
  Deno.renameSync(`${path}.new`, path);
}

/**
 * Writes a file where it is, or makes it; mode 0644. Unlike one that is
 * replaced, it stays the one that others have open or mounted.
 */
export function overwriteFile(path: string, text: string): void {
  const bytes = new TextEncoder().encode(text);
  using file = open(path, O.WRONLY | O.CREAT, 0o644);
  syscall("fchmod", file.number, 0o644); // whatever the umask is
  writeAll(file.number, bytes);
  syscall("ftruncate", file.number, bytes.length);
}

/**
 * Whether a path exists, links not followed. What is missing costs no
 * exception: the first of Deno's takes half a millisecond.
 */
export function exists(path: string): boolean {
  const result = trySyscall(
    "faccessat2",
    ...[AT_FDCWD, path, 0, AT.SYMLINK_NOFOLLOW],
  );
  if (result >= 0) return true;
  if (result === -ERRNO.ENOENT! || result === -ERRNO.ENOTDIR!) return false;
  throw new SyscallError("look for", path, -result);
}

/** The text of a file, or undefined when there is none. */
export function tryReadText(path: string): string | undefined {
  return ifThere(path, () => Deno.readTextFileSync(path));
}

/** A file whose content is no JSON. */
export class BrokenFileError extends Error {
  /** Tells it from other errors. */
  override readonly name = "BrokenFileError";

  /** Names the file. */
  constructor(path: string, { message, ...cause }: Error) {
    super(`${path} is no JSON: ${message}`, { cause });
  }
}

/**
 * The value in a file of JSON, or undefined when there is none. An empty file is
 * one that a power cut has left: it was replaced, and its data had not come to
 * the disk.
 *
 * @throws {BrokenFileError}
 */
export function tryReadJson<T>(path: string): T | undefined {
  const text = tryReadText(path);
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BrokenFileError(path, error as Error);
  }
}

/** What `action` makes of a path; undefined where it is not there, or goes. */
export function ifThere<T>(path: string, action: () => T): T | undefined {
  try {
    return exists(path) ? action() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
