import assert from "node:assert/strict";
import { sleep } from "../sys/timer.ts";
import { daemonStatus, stopDaemon, tryPokeDaemon } from "./client.ts";
import { daemonDirectory, tryHold } from "./place.ts";
import { begin, counting } from "./testing.ts";

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
  while (self.rounds === rounds) await sleep(1);
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
  // In a process of its own: the limit is that of all tests which run beside.
  const program = new URL("testing_shortage.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", program],
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assert.equal(out, "it went on\n", errors);
});
