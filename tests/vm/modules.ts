/**
 * Kernel modules in the order in which they must be loaded, from the
 * `modules.dep` that depmod writes.
 *
 * @module
 */

/**
 * Returns the paths, relative to `modules.dep`, of the modules called `names`
 * and of all that they need, each after those it needs.
 *
 * @throws {Error} when a name is not in `modulesDep`
 */
export function loadOrder(modulesDep: string, names: string[]): string[] {
  const needs = new Map<string, string[]>();
  const paths = new Map<string, string>();
  for (const line of modulesDep.split("\n")) {
    const [path, rest] = line.split(":");
    if (!path || rest === undefined) continue;
    needs.set(path, rest.split(" ").filter(Boolean));
    paths.set(moduleName(path), path);
  }
  const order = new Set<string>();
  const add = (path: string): void => {
    if (order.has(path)) return;
    needs.get(path)?.forEach(add);
    order.add(path);
  };
  for (const name of names) {
    const path = paths.get(name);
    if (path) add(path);
    else throw new Error(`Cannot load module ${name}: not in modules.dep`);
  }
  return [...order];
}

/** `kernel/fs/9p/9p.ko.xz` is 9p; dashes and underscores mean the same. */
function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf("/") + 1);
  return file.replace(/\.ko(\.\w+)?$/, "").replaceAll("-", "_");
}
