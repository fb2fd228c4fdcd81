import assert from "node:assert/strict";
import { Agenda } from "./agenda.ts";
import { sleep } from "./timer.ts";

Deno.test("what is due is done in its time, whatever was asked for first", async () => {
  using agenda = new Agenda();
  const done: string[] = [];
  const begin = performance.now();
  const took: number[] = [];
  const last = Promise.withResolvers<void>();
  for (
    const [ms, what] of [[60, "late"], [20, "early"], [0, "at once"]] as const
  ) {
    agenda.after(ms, () => {
      done.push(what);
      took.push(performance.now() - begin);
      if (what === "late") last.resolve();
    });
  }
  await last.promise;
  assert.deepEqual(done, ["at once", "early", "late"]);
  assert(took[1]! >= 20 && took[2]! >= 60, `${took}`);
});

Deno.test("what was dropped is not done, and keeps nothing else from it", async () => {
  using agenda = new Agenda();
  const done: string[] = [];
  const first = agenda.after(10, () => done.push("first"));
  agenda.after(20, () => done.push("second"));
  first[Symbol.dispose]();
  await sleep(50);
  assert.deepEqual(done, ["second"]);
});

Deno.test("what is done may ask for more, and drop another", async () => {
  using agenda = new Agenda();
  const done: string[] = [];
  const last = Promise.withResolvers<void>();
  const dropped = agenda.after(10, () => done.push("dropped"));
  agenda.after(5, () => {
    dropped[Symbol.dispose]();
    agenda.after(10, () => {
      done.push("more");
      last.resolve();
    });
  });
  await last.promise;
  assert.deepEqual(done, ["more"]);
});

Deno.test("an agenda that is disposed of does nothing more", async () => {
  const done: string[] = [];
  {
    using agenda = new Agenda();
    agenda.after(5, () => done.push("one"));
  }
  await sleep(20);
  assert.deepEqual(done, []);
});
