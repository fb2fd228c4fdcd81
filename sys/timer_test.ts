import assert from "node:assert/strict";
import { sleep, startTimer } from "./timer.ts";

Deno.test("sleep() takes its time, and no time is over at once", async () => {
  const begin = performance.now();
  await sleep(30);
  const took = performance.now() - begin;
  assert(took >= 29 && took < 1000, `${took} ms`);
  await sleep(0);
});

Deno.test("a timer that is stopped is never over", async () => {
  let over = false;
  {
    using timer = startTimer(5);
    timer.over.then(() => over = true);
  }
  await sleep(30);
  assert.equal(over, false);
});
