/**
 * The state the verbs work on, and what else the options before the verb place.
 *
 * @module
 */
import { resolvePath } from "../sys/path.ts";
import { DEFAULT_STORE, type Store } from "../runtime/store.ts";
import type { Globals } from "./globals.ts";

/** The state below `--root` and `--data-root`, or where it is by default. */
export function storeOf(
  { root, dataRoot, cniConfDir, cniPath }: Globals,
): Store {
  // A relative path would mean another place to whoever reads the state later.
  const absolute = (path: string) => resolvePath(path, Deno.cwd());
  return {
    root: absolute(root ?? DEFAULT_STORE.root),
    dataRoot: absolute(dataRoot ?? DEFAULT_STORE.dataRoot),
    ...(cniConfDir !== undefined || cniPath !== undefined
      ? {
        cni: {
          ...(cniConfDir !== undefined && { conf: absolute(cniConfDir) }),
          ...(cniPath !== undefined && {
            plugins: cniPath.split(":").filter((path) => path).map(absolute),
          }),
        },
      }
      : {}),
  };
}
