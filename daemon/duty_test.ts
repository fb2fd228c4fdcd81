import assert from "node:assert/strict";
import { DEFAULT_STORE } from "../runtime/store.ts";
import { type Duty, DutyAtWork } from "./duty.ts";

/** A duty whose rounds the test ends one by one. */
function startSlow() {
  const rounds: PromiseWithResolvers<string | undefined>[] = [];
  const lines: string[] = [];
  let ended = 0;
  const duty: Duty = {
    name: "slow",
    reconcile() {
      const round = Promise.withResolvers<string | undefined>();
      rounds.push(round);
      return round.promise;
    },
    [Symbol.dispose]() {},
  };
  const work = new DutyAtWork(() => duty, {
    store: DEFAULT_STORE,
    log: (line) => lines.push(line),
    ended: () => ended++,
  });
  return { work, rounds, lines, ended: () => ended };
}

/** Lets what is settled have its consequences. */
async function settle() {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

Deno.test("who asks while a round is on waits for the next one, and shares it", async () => {
  const { work, rounds, ended } = startSlow();
  const first = work.round();
  await settle();
  const others = [work.round(), work.round(), work.round()];
  await settle();
  assert.equal(rounds.length, 1);
  let late = false;
  for (const other of others) other.then(() => late = true);
  rounds[0]!.resolve(undefined);
  await first;
  await settle();
  assert.equal(rounds.length, 2);
  assert.equal(late, false);
  rounds[1]!.resolve("2 containers");
  await Promise.all(others);
  assert.equal(rounds.length, 2);
  assert.equal(ended(), 2);
  assert.deepEqual(work.status, { name: "slow", needed: "2 containers" });
});

Deno.test("a round that fails is told once, and leaves what is needed as it was", async () => {
  const { work, rounds, lines } = startSlow();
  const outcomes = [
    "a container",
    new Error("no room"),
    new Error("no room"),
    undefined,
  ];
  for (const [index, outcome] of outcomes.entries()) {
    const round = work.round();
    await settle();
    if (outcome instanceof Error) rounds[index]!.reject(outcome);
    else rounds[index]!.resolve(outcome);
    await round;
    if (index === 2) {
      assert.deepEqual(work.status, {
        name: "slow",
        needed: "a container",
        problem: "no room",
      });
    }
  }
  assert.deepEqual(work.status, { name: "slow" });
  assert.deepEqual(lines, ["slow: no room", "slow: all is well again"]);
});
