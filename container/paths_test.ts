import assert from "node:assert/strict";
import { resolvePath } from "./paths.ts";

Deno.test("resolvePath() resolves dots as text", () => {
  assert.equal(resolvePath("b", "/a"), "/a/b");
  assert.equal(resolvePath("/b/", "/a"), "/b");
  assert.equal(resolvePath("./../b//c/.", "/x/y"), "/x/b/c");
  assert.equal(resolvePath("../../../b", "/x"), "/b");
  assert.equal(resolvePath("b", "."), `${Deno.cwd()}/b`);
});
