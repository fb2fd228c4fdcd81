/**
 * Copying files and directories with all that they are: owners, modes, times,
 * attributes, holes, and names that share a file.
 *
 * Both sides may belong to a hostile container that swaps things meanwhile.
 * So everything is reached by descriptors of the directories it is in, links
 * are copied and never followed, and a file is looked at once it is held.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { Fd, O, RESOLVE } from "../sys/fd.ts";
import { words } from "../sys/memory.ts";
import { trySyscall } from "../sys/syscall.ts";
import { copyContent } from "./content.ts";
import {
  listNames,
  openDirectory,
  readLink,
  reopen,
  tryOpenAt,
} from "./directory.ts";
import {
  createDirectory,
  createFile,
  createLink,
  createName,
  createSpecial,
  dress,
  dressAt,
  ObstacleError,
  type Place,
  type Wanted,
} from "./make.ts";
import {
  joinNames,
  look,
  type Name,
  type Node,
  textOf,
  textOfPath,
} from "./node.ts";
import { isPseudoFilesystem } from "./pseudo.ts";
import { readXattrs } from "./xattr.ts";

/** What becomes of what is copied. */
export interface CopyRules {
  /** Whose the copies are; their own owners' where left out. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Devices, set-id bits and extended attributes too. */
  readonly special: boolean;
  /** Told of each file how long it is. */
  readonly copied?: (size: number) => void;
  /** Told of what is left out. */
  readonly warn?: (message: string) => void;
}

/** A copy that failed, and where. */
export class CopyError extends Error {
  /** Tells it from other errors. */
  override readonly name = "CopyError";
}

/** What a copy in progress knows. */
interface Copy {
  readonly rules: CopyRules;
  /** The directory that paths are told from. */
  readonly root: Fd;
  /** Where it is. */
  readonly path: Name[];
  /** Files of several names, by what they are: where their first copies are. */
  readonly known: Map<string, Name[]>;
  /** The directory that is copied to and those it is in, by what they are. */
  readonly into: string[];
}

/**
 * Copies what a descriptor of O_PATH stands for to a place. A directory goes
 * into one that is there; anything else takes the place of what is there.
 *
 * @throws {CopyError}
 */
export function copyHeld(held: Fd, to: Place, rules: CopyRules): void {
  using root = openDirectory(to.at);
  const into = [look(root.number).identity];
  const copy = { rules, root, path: [to.name], known: new Map(), into };
  try {
    copyNode(copy, held, to);
  } catch (error) {
    throw explain(copy, error);
  }
}

/**
 * Copies all that is in one directory into another.
 *
 * @throws {CopyError}
 */
export function copyInside(from: Fd, to: Fd, rules: CopyRules): void {
  const copy = { rules, root: to, path: [], known: new Map(), into: [] };
  copyAll(copy, from, to);
}

function copyAll(copy: Copy, from: Fd, to: Fd): void {
  copy.into.push(look(to.number).identity);
  for (const name of listNames(from)) {
    copyEntry(copy, { at: from.number, name }, { at: to.number, name });
  }
  copy.into.pop();
}

function copyEntry(copy: Copy, from: Place, to: Place): void {
  copy.path.push(to.name);
  try {
    const source = tryOpenAt(from.at, from.name, O.PATH);
    // What went meanwhile is not copied.
    if (source === ERRNO.ENOENT) return;
    if (typeof source === "number") {
      throw new SyscallError("open", textOf(from.name), source);
    }
    using held = source;
    copyNode(copy, held, to);
  } catch (error) {
    throw explain(copy, error);
  } finally {
    copy.path.pop();
  }
}

function copyNode(copy: Copy, held: Fd, to: Place): void {
  const node = look(held.number);
  if (node.links > 1 && node.kind !== "directory") {
    const first = copy.known.get(node.identity);
    if (first && linkTo(copy, first, to)) return;
    copy.known.set(node.identity, [...copy.path]);
  }
  const { special } = copy.rules;
  switch (node.kind) {
    case "file": {
      using source = reopen(held, O.RDONLY);
      using target = createFile(to, node.identity);
      copyContent(source, target, node);
      copy.rules.copied?.(node.size);
      return dress(target, wanted(copy, held, node));
    }
    case "directory": {
      if (copy.into.includes(node.identity)) {
        throw new ObstacleError("cannot copy a directory into itself");
      }
      using source = reopen(held, O.RDONLY | O.DIRECTORY);
      const { directory, isNew } = createDirectory(to);
      using target = directory;
      if (!isPseudoFilesystem(source.number)) copyAll(copy, source, target);
      // One that was there stays as it is.
      if (isNew) dress(target, wanted(copy, held, node));
      return;
    }
    case "link":
      createLink(to, readLink(held));
      return dressAt(to, node.kind, wanted(copy, held, node));
    case "socket":
      return; // it means nothing without the process behind it
    default:
      if (!special) {
        const path = textOfPath(copy.path);
        return copy.rules.warn?.(`left out "${path}", a ${node.kind} node`);
      }
      createSpecial(to, node);
      return dressAt(to, node.kind, wanted(copy, held, node));
  }
}

function wanted({ rules }: Copy, held: Fd, node: Node): Wanted {
  const SET_ID = 0o6000;
  return {
    ...node,
    ...rules.owner,
    mode: rules.special ? node.mode : node.mode & ~SET_ID,
    xattrs: rules.special ? readXattrs(held.number) : new Map(),
  };
}

/** One more name for what was copied already; false where that has gone. */
function linkTo({ root }: Copy, path: readonly Name[], to: Place): boolean {
  using first = openBelow(root, path);
  if (!first) return false;
  createName(to, first);
  return true;
}

/** What is at a path below a directory, none of whose parts may be a link. */
function openBelow(root: Fd, path: readonly Name[]): Fd | undefined {
  const how = words(
    ...[O.PATH | O.CLOEXEC | O.NOFOLLOW, 0],
    RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS,
  );
  const result = trySyscall(
    "openat2",
    ...[root.number, joinNames(path), how, how.length],
  );
  return result >= 0 ? new Fd(result, textOfPath(path)) : undefined;
}

/** The innermost failure says where it was. */
function explain(copy: Copy, error: unknown): unknown {
  const failed = error instanceof SyscallError ||
    error instanceof ObstacleError;
  if (!failed) return error;
  const where = textOfPath(copy.path);
  return new CopyError(`cannot copy "${where}": ${error.message}`, {
    cause: error,
  });
}
