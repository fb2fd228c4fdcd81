/**
 * Making nodes in a directory, and giving them their attributes.
 *
 * What is made belongs to a directory that others may be changing: everything
 * is done to descriptors, or to a name in a directory without following links.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { AT, AT_FDCWD, type Fd, O } from "../sys/fd.ts";
import { words } from "../sys/memory.ts";
import { trySyscall } from "../sys/syscall.ts";
import { makeDirectory, openAt, procPath, tryOpenAt } from "./directory.ts";
import {
  type Attributes,
  formatOf,
  type Kind,
  look,
  type Name,
  type Node,
  textOf,
  tryLook,
} from "./node.ts";
import { writeXattrs, type Xattrs } from "./xattr.ts";

/** Something stands where something else is to be made. */
export class ObstacleError extends Error {
  /** Tells it from other errors. */
  override readonly name = "ObstacleError";
}

/** A place in a directory. */
export interface Place {
  /** The descriptor of the directory. */
  readonly at: number;
  readonly name: Name;
}

/** What a node that is made gets. */
export type Wanted = Attributes & { readonly xattrs: Xattrs };

/** A file that was opened to be written, or what keeps it from being made. */
const NEW_FILE = O.WRONLY | O.CREAT | O.EXCL;

/**
 * Opens a new file to write. What has its name goes, unless it is a directory,
 * or a mount: then that is emptied.
 *
 * @param source The identity of what is to be copied to it, which must not go.
 * @throws {ObstacleError | SyscallError}
 */
export function createFile({ at, name }: Place, source?: string): Fd {
  for (;;) {
    const opened = tryOpenAt(at, name, NEW_FILE, 0o600);
    if (typeof opened !== "number") return opened;
    if (opened !== ERRNO.EEXIST) {
      throw new SyscallError("make", textOf(name), opened);
    }
    if (source && tryLook(at, name)?.identity === source) {
      throw new ObstacleError("it and what is there are the same file");
    }
    if (!unlink({ at, name })) return openAt(at, name, O.WRONLY | O.TRUNC);
  }
}

/**
 * A directory that is open for what is to be made in it, and whether it is new.
 *
 * @throws {ObstacleError | SyscallError}
 */
export function createDirectory(
  { at, name }: Place,
): { directory: Fd; isNew: boolean } {
  // Nobody else may look in until it is its owner's.
  const isNew = makeDirectory(at, name, 0o700);
  const opened = tryOpenAt(at, name, O.RDONLY | O.DIRECTORY);
  if (typeof opened !== "number") return { directory: opened, isNew };
  if (opened === ERRNO.ENOTDIR || opened === ERRNO.ELOOP) {
    throw new ObstacleError(
      `cannot put a directory over "${textOf(name)}", which is none`,
    );
  }
  throw new SyscallError("open", textOf(name), opened);
}

/**
 * Makes a symbolic link.
 *
 * @throws {ObstacleError | SyscallError}
 */
export function createLink(place: Place, target: Uint8Array): void {
  const { at, name } = place;
  const text = new Uint8Array([...target, 0]);
  insist(place, () => trySyscall("symlinkat", text, at, name));
}

/**
 * Gives a file, which `file` stands for, one more name.
 *
 * @throws {ObstacleError | SyscallError}
 */
export function createName(place: Place, file: Fd): void {
  const AT_SYMLINK_FOLLOW = 0x400; // of the path that leads to it
  const { at, name } = place;
  const from = procPath(file.number);
  insist(
    place,
    () => trySyscall("linkat", AT_FDCWD, from, at, name, AT_SYMLINK_FOLLOW),
  );
}

/**
 * Makes a device, a FIFO or a socket.
 *
 * @throws {ObstacleError | SyscallError}
 */
export function createSpecial(
  place: Place,
  { kind, device: { major, minor } }: Pick<Node, "kind" | "device">,
): void {
  const { at, name } = place;
  // As new_encode_dev() of linux/kdev_t.h.
  const device = (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
  const mode = formatOf(kind) | 0o600;
  insist(place, () => trySyscall("mknodat", at, name, mode, device));
}

/** Makes something, in place of what has its name. */
function insist(place: Place, make: () => number): void {
  for (;;) {
    const result = make();
    if (result >= 0) return;
    const busy = result === -ERRNO.EEXIST! && !unlink(place);
    if (busy || result !== -ERRNO.EEXIST!) {
      const errno = busy ? ERRNO.EBUSY! : -result;
      throw new SyscallError("make", textOf(place.name), errno);
    }
  }
}

/** Removes what stands in the way; false where it is a mount. */
function unlink({ at, name }: Place): boolean {
  const result = trySyscall("unlinkat", at, name, 0);
  if (result >= 0 || result === -ERRNO.ENOENT!) return true;
  if (result === -ERRNO.EBUSY!) return false;
  if (result === -ERRNO.EISDIR!) {
    throw new ObstacleError(
      `cannot put anything but a directory over the directory "${
        textOf(name)
      }"`,
    );
  }
  throw new SyscallError("replace", textOf(name), -result);
}

/**
 * Gives what a descriptor stands for its attributes. A file is open for
 * writing, a directory for reading: times come last, and stay.
 *
 * @throws {SyscallError}
 */
export function dress(file: Fd, wanted: Wanted): void {
  const { number, path } = file;
  const { uid, gid, mode } = wanted;
  ensure("change the owner of", path, trySyscall("fchown", number, uid, gid));
  writeXattrs(number, wanted.xattrs);
  // After the owner: chown(2) takes the set-id bits away.
  ensure("change the mode of", path, trySyscall("fchmod", number, mode));
  ensure(
    "set the times of",
    path,
    trySyscall("utimensat", number, null, timesOf(wanted), 0),
  );
}

/** The same for what cannot be opened: links, and what is not to be opened. */
export function dressAt({ at, name }: Place, kind: Kind, wanted: Wanted): void {
  using itself = openAt(at, name, O.PATH);
  // Whoever can swap it can make it what they like: only what was made here
  // gets the attributes.
  if (look(itself.number).kind !== kind) return;
  const { number } = itself;
  const path = textOf(name);
  const owned = trySyscall(
    "fchownat",
    ...[number, "", wanted.uid, wanted.gid, AT.EMPTY_PATH],
  );
  ensure("change the owner of", path, owned);
  writeXattrs(number, wanted.xattrs);
  if (kind !== "link") {
    const itsPath = procPath(number);
    const result = trySyscall("fchmodat", AT_FDCWD, itsPath, wanted.mode);
    ensure("change the mode of", path, result);
  }
  const times = timesOf(wanted);
  const flags = AT.SYMLINK_NOFOLLOW;
  ensure(
    "set the times of",
    path,
    trySyscall("utimensat", at, name, times, flags),
  );
}

function ensure(action: string, path: string, result: number): void {
  if (result < 0) throw new SyscallError(action, path, -result);
}

/** `struct timespec[2]`: of the last access and of the last change. */
function timesOf({ atime, mtime }: Attributes): Uint8Array {
  return words(
    ...[atime.seconds, atime.nanoseconds],
    ...[mtime.seconds, mtime.nanoseconds],
  );
}
