import assert from "node:assert/strict";
import { leaks, leftovers } from "./leftovers.ts";

Deno.test("leaks() names a directory that was left, and forgives one that goes", async () => {
  const before = leftovers();
  const path = await Deno.makeTempDir({ prefix: "rkl-leak-" });
  try {
    const found = await leaks(before, 0);
    assert.ok(found.includes(`path ${path}`), found.join("\n"));
  } finally {
    await Deno.remove(path);
  }
  const mine = (await leaks(before, 0)).filter((line) => line.includes(path));
  assert.deepEqual(mine, []);
});
