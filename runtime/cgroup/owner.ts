/**
 * Whose a control group is.
 *
 * Stores share the hierarchies, and one does not see the containers of another.
 * So each cgroup carries the root of its store as an extended attribute: what
 * has this store's and none of its containers is left of one that is no more.
 *
 * @module
 */
import { trySyscall } from "../../sys/syscall.ts";
import { children, PARENT } from "./files.ts";
import type { Hierarchies } from "./hierarchies.ts";
import { processesIn } from "./processes.ts";
import { removeEmpty, removeTree } from "./removal.ts";

/** Only root sees and sets those of this kind; see xattr(7). */
const ATTRIBUTE = "trusted.rkl.root";

/**
 * Marks a cgroup, by its directory in each hierarchy, as a container's of the
 * store at `root`. Where that cannot be done, it is nobody's to sweep.
 */
export function markOwner(
  paths: Readonly<Record<string, string>>,
  root: string,
): void {
  const value = new TextEncoder().encode(root);
  for (const dir of new Set(Object.values(paths))) {
    trySyscall("setxattr", dir, ATTRIBUTE, value, value.length, 0);
  }
}

/** The root of the store that a cgroup is of, if it says so. */
export function ownerOf(dir: string): string | undefined {
  const value = new Uint8Array(4096); // PATH_MAX
  const length = trySyscall(
    ...["getxattr", dir, ATTRIBUTE, value, value.length] as const,
  );
  return length < 0
    ? undefined
    : new TextDecoder().decode(value.subarray(0, length));
}

/**
 * Removes cgroups below rkl's own that are of the store at `root`, have no
 * process, and are none of its containers'. Returns their directories.
 *
 * @param known The directories of all containers: asked for once it is known
 * which are there, as a container is noted before its cgroup is made.
 */
export function sweepCgroups(
  { unified, v1 }: Hierarchies,
  root: string,
  known: () => ReadonlySet<string>,
): string[] {
  const mounts = new Set(
    [...unified ? [unified] : [], ...v1.values()].map(({ mount }) => mount),
  );
  const parents = [...mounts].map((mount) => `${mount}${PARENT}`);
  const marked = parents.flatMap((dir) => markedBelow(dir, root));
  const owned = known();
  const removed = marked.filter((dir) =>
    !owned.has(dir) && processesIn(dir).length === 0 && removeTree(dir)
  );
  if (removed.length > 0) removeEmpty(parents);
  return removed;
}

/** The cgroups below `dir` that are of the store at `root`. */
function markedBelow(dir: string, root: string): string[] {
  return children(dir).flatMap((child) => {
    const owner = ownerOf(child);
    if (owner === undefined) return markedBelow(child, root);
    return owner === root ? [child] : [];
  });
}
