/**
 * What the tests of the daemon share.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { sleep } from "../sys/timer.ts";
import type { StartDuty } from "./duty.ts";
import { tryHold } from "./place.ts";
import { serve, type ServeOptions } from "./server.ts";

/** A store that is removed when it is disposed of; `name` makes its path long. */
export function temporaryStore(name = "s"): Store & Disposable {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-daemon-" });
  return {
    root: `${directory}/${name}/root`,
    dataRoot: `${directory}/${name}/data`,
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

/** A duty that counts, and is needed as long as `needed` says so. */
export function counting(needed: () => string | undefined = () => undefined) {
  const self = { rounds: 0, changed: () => {} };
  const start: StartDuty = ({ changed }) => {
    self.changed = changed;
    return {
      name: "counting",
      async reconcile() {
        await sleep(1);
        self.rounds++;
        return needed();
      },
      [Symbol.dispose]() {},
    };
  };
  return { self, start };
}

/** A daemon in this process; `ended` resolves to what it logged last. */
export function begin(options: Partial<ServeOptions> = {}) {
  const store = temporaryStore();
  const hold = tryHold(store)!;
  const lines: string[] = [];
  const ended = serve(store, hold, {
    version: "1",
    duties: [],
    log: (line) => lines.push(line),
    ...options,
  }).then((connections) => {
    hold[Symbol.dispose]();
    connections[Symbol.dispose]();
    return lines.at(-1);
  });
  return { store, ended, lines };
}
