/**
 * What a container has changed of its image: what its writable layer holds.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { type Fd, O, open } from "../sys/fd.ts";
import { trySyscall } from "../sys/syscall.ts";
import {
  compareNames,
  listNames,
  openDirectory,
  procPath,
  tryOpenAt,
} from "../files/directory.ts";
import { type Name, type Node, textOf, tryLook } from "../files/node.ts";
import { find } from "./find.ts";
import { containerDirectory } from "./store.ts";

/** A path that was changed, added or deleted; docker's letters. */
export interface Change {
  /** What became of it. */
  readonly kind: "C" | "A" | "D";
  /** In the container, absolute. */
  readonly path: string;
}

/**
 * What a container has changed, by path: a directory with changes in it has
 * changed.
 *
 * @throws {NoSuchContainerError | Error}
 */
export async function diffContainer(
  store: Store,
  name: string,
): Promise<Change[]> {
  const { container } = await find(store, name);
  if (!container.overlay) {
    throw new Error(
      `container "${name}" writes into its image itself (--rw): nothing tells ` +
        "what it has changed",
    );
  }
  const upper = `${containerDirectory(store, container.id)}/upper`;
  using layer = open(upper, O.RDONLY | O.DIRECTORY);
  using image = open(container.config.root.path, O.RDONLY | O.DIRECTORY);
  return changesIn(layer, image, "");
}

/** What a directory of the layer changes of one of the image. */
function changesIn(layer: Fd, image: Fd | undefined, path: string): Change[] {
  const names = listNames(layer);
  const hidden = image && isOpaque(layer)
    ? listNames(image).filter((name) => !has(names, name))
    : [];
  return [...names, ...hidden].sort(compareNames).flatMap((name) => {
    const whole = `${path}/${textOf(name)}`;
    const node = tryLook(layer.number, name);
    const before = image && tryLook(image.number, name);
    if (!node || isWhiteout(node)) {
      const gone: Change[] = [{ kind: "D", path: whole }];
      return before ? gone : [];
    }
    if (node.kind !== "directory") {
      return [{ kind: before ? "C" : "A", path: whole }];
    }
    using below = openDirectory(layer.number, name);
    using was = before?.kind === "directory"
      ? tryOpenBelow(image!, name)
      : undefined;
    const inside = changesIn(below, was, whole);
    const isSame = before !== undefined && inside.length === 0 &&
      looksSame(node, before);
    const own: Change = { kind: before ? "C" : "A", path: whole };
    return isSame ? [] : [own, ...inside];
  });
}

function has(names: readonly Name[], name: Name): boolean {
  return names.some((other) => compareNames(name, other) === 0);
}

function tryOpenBelow(directory: Fd, name: Name): Fd | undefined {
  const opened = tryOpenAt(directory.number, name, O.RDONLY | O.DIRECTORY);
  return typeof opened === "number" ? undefined : opened;
}

/** overlayfs copies a directory up whenever something in it is written. */
function looksSame(a: Node, b: Node): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid &&
    a.mtime.seconds === b.mtime.seconds &&
    a.mtime.nanoseconds === b.mtime.nanoseconds;
}

/** How overlayfs notes what is deleted: a device of number 0. */
function isWhiteout({ kind, device: { major, minor } }: Node): boolean {
  return kind === "character" && major === 0 && minor === 0;
}

/** How overlayfs notes a directory that hides what was there before it. */
function isOpaque(directory: Fd): boolean {
  const value = new Uint8Array(1);
  const length = trySyscall(
    "getxattr",
    ...[procPath(directory.number), "trusted.overlay.opaque", value, 1],
  );
  const YES = 0x79; // "y"
  return length === 1 && value[0] === YES;
}
