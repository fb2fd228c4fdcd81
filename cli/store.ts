/**
 * The state the verbs work on, as the options before the verb place it.
 *
 * @module
 */
import { resolvePath } from "../sys/path.ts";
import { DEFAULT_STORE, type Store } from "../runtime/store.ts";
import type { Globals } from "./globals.ts";

/** The state below `--root` and `--data-root`, or where it is by default. */
export function storeOf({ root, dataRoot }: Globals): Store {
  // A relative path would mean another place to whoever reads the state later.
  const absolute = (path: string) => resolvePath(path, Deno.cwd());
  return {
    root: absolute(root ?? DEFAULT_STORE.root),
    dataRoot: absolute(dataRoot ?? DEFAULT_STORE.dataRoot),
  };
}
