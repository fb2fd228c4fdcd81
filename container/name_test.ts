import assert from "node:assert/strict";
import { isName } from "./name.ts";

Deno.test("isName() takes docker's names, up to 128 characters", () => {
  for (const name of ["a", "A.b_c-9", "0", "x".repeat(128)]) {
    assert.ok(isName(name), name);
  }
  for (
    const name of ["", "-a", ".a", "a/b", "a b", "é", "x".repeat(129), "a\n"]
  ) {
    assert.ok(!isName(name), name);
  }
});
