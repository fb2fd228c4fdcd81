import assert from "node:assert/strict";
import { sleep } from "../sys/timer.ts";
import { Queue } from "./queue.ts";

Deno.test("a queue does so many at once and no more, and all of them", async () => {
  const queue = new Queue(2);
  let active = 0;
  let most = 0;
  const done = await Promise.all(
    Array.from({ length: 7 }, (_, index) =>
      queue.run(async () => {
        most = Math.max(most, ++active);
        await sleep(1);
        active--;
        return index;
      })),
  );
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual([most, active], [2, 0]);
});

Deno.test("what fails in a queue gives its turn to the next", async () => {
  const queue = new Queue(1);
  const failing = queue.run(() => Promise.reject(new Error("no")));
  const next = queue.run(() => Promise.resolve("yes"));
  await assert.rejects(failing, { message: "no" });
  assert.equal(await next, "yes");
});
