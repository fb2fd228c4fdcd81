import assert from "node:assert/strict";
import { forEachName } from "./each.ts";

Deno.test("forEachName() works on many at once, up to a bound", async () => {
  let running = 0;
  let most = 0;
  const done: string[] = [];
  const names = ["a", "b", "c", "d", "e"];
  await forEachName(names, async (name) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    done.push(name);
  }, { atOnce: 2 });
  assert.deepEqual([most, done], [2, names]);
});

Deno.test("forEachName() goes on after a failure, and throws it at the end", async () => {
  const seen: string[] = [];
  const fail = (...names: string[]) =>
    forEachName(["a", "b", "c"], (name) => {
      seen.push(name);
      return names.includes(name)
        ? Promise.reject(new Error(name))
        : Promise.resolve();
    });
  await assert.rejects(fail("b"), { message: "b" });
  await assert.rejects(fail("a", "c"), (error: AggregateError) => {
    assert.deepEqual(error.errors.map(({ message }) => message), ["a", "c"]);
    return true;
  });
  assert.deepEqual(seen.join(""), "abcabc");
});
