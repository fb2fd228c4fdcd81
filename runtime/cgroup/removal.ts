/**
 * Removing directories of control groups.
 *
 * @module
 */
import { children, failure, removeDirectory } from "./files.ts";

/**
 * Removes a cgroup and those below it, children first. Returns false when
 * processes are in the way, with what is empty removed.
 */
export function removeTree(dir: string): boolean {
  let code = removeDirectory(dir);
  if (code === "EBUSY") {
    if (!children(dir).map(removeTree).every(Boolean)) return false;
    code = removeDirectory(dir);
  }
  if (code === "" || code === "ENOENT") return true;
  if (code === "EBUSY") return false;
  throw failure(`remove the cgroup ${dir}`, code, { file: dir });
}

/** Removes directories that are empty, and leaves others alone. */
export function removeEmpty(dirs: string[]): void {
  for (const dir of dirs) {
    const code = removeDirectory(dir);
    if (code === "" || code === "ENOENT" || code === "EBUSY") continue;
    throw failure(`remove the cgroup ${dir}`, code, { file: dir });
  }
}
