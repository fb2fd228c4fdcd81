import assert from "node:assert/strict";
import { words } from "../sys/memory.ts";
import { syscall } from "../sys/syscall.ts";
import { sleep } from "../sys/timer.ts";
import { daemonStatus, stopDaemon, tryPokeDaemon } from "./client.ts";
import type { StartDuty } from "./duty.ts";
import { daemonDirectory, tryConnect, tryHold } from "./place.ts";
import { serve, type ServeOptions } from "./server.ts";
import { temporaryStore } from "./testing.ts";

/** A duty that counts, and is needed as long as `needed` says so. */
function counting(needed: () => string | undefined = () => undefined) {
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
function begin(options: Partial<ServeOptions> = {}) {
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

Deno.test("a poke is answered after a round that began after it", async () => {
  const { self, start } = counting();
  const { store, ended } = begin({ duties: [start] });
  using _store = store;
  for (let i = 0; i < 5; i++) {
    const before = self.rounds;
    assert.equal(await tryPokeDaemon(store), true);
    assert(self.rounds > before);
  }
  const { rounds } = self;
  self.changed();
  await sleep(20);
  assert.equal(self.rounds, rounds + 1);
  assert.equal(await stopDaemon(store), true);
  assert.equal(await ended, "ends: a command said so");
  assert.equal(await tryPokeDaemon(store), false);
  assert.equal(await stopDaemon(store), false);
});

Deno.test("it ends once nothing has needed it for a while", async () => {
  let needed: string | undefined = "a test";
  const { self, start } = counting(() => needed);
  const { store, ended } = begin({ duties: [start], idle: 0.03 });
  using _store = store;
  await tryPokeDaemon(store);
  await sleep(100);
  const status = await daemonStatus(store);
  assert.deepEqual(status?.duties, [{ name: "counting", needed: "a test" }]);
  assert.equal(status?.idle, 0.03);
  needed = undefined;
  self.changed();
  assert.equal(await ended, "ends: nothing needs it");
});

Deno.test("what came to need it unheard keeps it from ending", async () => {
  const needs: { now?: string } = {};
  const { start } = counting(() => needs.now);
  const { store, ended } = begin({ duties: [start], idle: 0.03 });
  using _store = store;
  await tryPokeDaemon(store);
  needs.now = "a test";
  await sleep(100);
  assert.equal(await tryPokeDaemon(store), true);
  await stopDaemon(store);
  assert.equal(await ended, "ends: a command said so");
});

Deno.test("a command that comes as it ends is answered, or meets nobody", async () => {
  for (let i = 0; i < 30; i++) {
    const { self, start } = counting();
    const { store, ended } = begin({ duties: [start], idle: 0.004 });
    using _store = store;
    await sleep(4 + i / 6);
    const before = self.rounds;
    const answered = await tryPokeDaemon(store);
    if (answered) assert(self.rounds > before);
    await ended;
    assert.equal(await tryPokeDaemon(store), false);
  }
});

Deno.test("it ends when its place is gone, and leaves another's alone", async () => {
  const { store, ended } = begin();
  using _store = store;
  await tryPokeDaemon(store);
  Deno.renameSync(daemonDirectory(store), `${store.root}/away`);
  using _other = tryHold(store)!;
  assert.match((await ended)!, /is no longer its own$/);
  const names = Array.from(Deno.readDirSync(daemonDirectory(store)));
  assert.deepEqual(names.map(({ name }) => name).sort(), ["lock", "socket"]);
});

Deno.test("another data root is told from its own", async () => {
  const { store, ended } = begin();
  using _store = store;
  const other = { ...store, dataRoot: "/elsewhere" };
  assert.equal(await tryPokeDaemon(other), false);
  assert.equal(await tryPokeDaemon(store), true);
  await stopDaemon(store);
  await ended;
});

Deno.test("it goes on where it has no descriptor left for a while", async () => {
  const { self, start } = counting();
  const { store, ended } = begin({ duties: [start] });
  using _store = store;
  await tryPokeDaemon(store);
  const rounds = self.rounds;
  const pause = (ms: number) =>
    new Promise((resolve) => setTimeout(resolve, ms));
  {
    using _waits = tryConnect(store)!;
    using _limit = noDescriptors();
    await pause(50); // sleep() would take one
  }
  await pause(200);
  assert.equal(await tryPokeDaemon(store), true);
  assert(self.rounds > rounds);
  assert.equal(await stopDaemon(store), true);
  await ended;
});

/** Keeps this process from opening more until it is disposed of. */
function noDescriptors(): Disposable {
  const RLIMIT_NOFILE = 7;
  const before = words(0, 0);
  syscall("prlimit64", 0, RLIMIT_NOFILE, null, before);
  const none = before.slice();
  none.set(words(3), 0);
  syscall("prlimit64", 0, RLIMIT_NOFILE, none, null);
  return {
    [Symbol.dispose]: () =>
      void syscall("prlimit64", 0, RLIMIT_NOFILE, before, null),
  };
}
