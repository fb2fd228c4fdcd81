/**
 * What the tests of the daemon share.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";

/** A store that is removed when it is disposed of; `name` makes its path long. */
export function temporaryStore(name = "s"): Store & Disposable {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-daemon-" });
  return {
    root: `${directory}/${name}/root`,
    dataRoot: `${directory}/${name}/data`,
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}
