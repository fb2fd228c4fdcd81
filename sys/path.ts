/**
 * Paths: what a relative one is relative to, settled once, and whether an error
 * says that nothing is there.
 *
 * @module
 */

/**
 * The absolute path of `path` as seen from `directory`, which is absolute.
 * Only what means nothing goes, `.` and surplus slashes: `..` stays, for the
 * kernel takes it from where a symbolic link before it leads.
 */
export function resolvePath(path: string, directory: string): string {
  const whole = path.startsWith("/") ? path : `${directory}/${path}`;
  const parts = whole.split("/").filter((part) => part !== "" && part !== ".");
  return `/${parts.join("/")}`;
}

/**
 * As {@linkcode resolvePath}, and `..` takes away the part before it, link or
 * not: how people read a path they write, and see it in a table later.
 */
export function resolveAsText(path: string, directory: string): string {
  const parts: string[] = [];
  for (const part of resolvePath(path, directory).slice(1).split("/")) {
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Whether an error of Deno's says that a path does not lead to anything. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory; // a part before the last
}
