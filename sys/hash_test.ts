import assert from "node:assert/strict";
import { fnv1a } from "./hash.ts";

Deno.test("fnv1a() is FNV-1a of 32 bits", () => {
  // from the test vectors of its authors
  assert.equal(fnv1a(""), "811c9dc5");
  assert.equal(fnv1a("a"), "e40c292c");
  assert.equal(fnv1a("foobar"), "bf9cf968");
});
