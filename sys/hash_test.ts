import assert from "node:assert/strict";
import { fnv1a, fnv1a64 } from "./hash.ts";

Deno.test("fnv1a() is FNV-1a of 32 bits", () => {
  // from the test vectors of its authors
  assert.equal(fnv1a(""), "811c9dc5");
  assert.equal(fnv1a("a"), "e40c292c");
  assert.equal(fnv1a("foobar"), "bf9cf968");
});

Deno.test("fnv1a64() is FNV-1a of 64 bits", () => {
  // from the same
  assert.equal(fnv1a64(""), "cbf29ce484222325");
  assert.equal(fnv1a64("a"), "af63dc4c8601ec8c");
  assert.equal(fnv1a64("foobar"), "85944171f73967e8");
});
