/**
 * The state the verbs work on, and what else the options before the verb place.
 *
 * @module
 */
import { DEFAULT_PLUGIN_DIRECTORIES } from "../net/cni/runtime/defaults.ts";
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
    cni: {
      ...(cniConfDir !== undefined && { conf: absolute(cniConfDir) }),
      plugins: pluginDirectories(cniPath).map(absolute),
    },
  };
}

/** What `--cni-path` says, or CNI_PATH and the usual places. */
function pluginDirectories(cniPath: string | undefined): readonly string[] {
  const split = (text: string) => text.split(":").filter((path) => path !== "");
  if (cniPath !== undefined) return split(cniPath);
  const added = split(Deno.env.get("CNI_PATH") ?? "");
  return [...added, ...DEFAULT_PLUGIN_DIRECTORIES];
}
