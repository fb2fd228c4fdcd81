/**
 * The state the verbs work on, as the options before the verb place it.
 *
 * @module
 */
import { DEFAULT_STORE, type Store } from "../runtime/store.ts";
import type { Globals } from "./globals.ts";

/** The state below `--root` and `--data-root`, or where it is by default. */
export function storeOf({ root, dataRoot }: Globals): Store {
  return {
    root: absolute(root ?? DEFAULT_STORE.root),
    dataRoot: absolute(dataRoot ?? DEFAULT_STORE.dataRoot),
  };
}

/** A relative path would mean another place to whoever reads the state later. */
function absolute(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}
