/**
 * A daemon that has no descriptor left for a while: a program, since the limit
 * is that of a whole process.
 *
 * @module
 */
import assert from "node:assert/strict";
import { words } from "../sys/memory.ts";
import { syscall } from "../sys/syscall.ts";
import { stopDaemon, tryPokeDaemon } from "./client.ts";
import { tryConnect } from "./place.ts";
import { begin, counting } from "./testing.ts";

const { self, start } = counting();
const { store, ended } = begin({ duties: [start] });
using _store = store;
await tryPokeDaemon(store);
const rounds = self.rounds;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
{
  using _waits = tryConnect(store)!;
  using _limit = noDescriptors();
  await pause(50);
}
await pause(200);
assert.equal(await tryPokeDaemon(store), true);
assert(self.rounds > rounds);
assert.equal(await stopDaemon(store), true);
await ended;
console.log("it went on");

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
