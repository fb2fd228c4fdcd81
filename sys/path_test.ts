import assert from "node:assert/strict";
import { resolveAsText, resolvePath } from "./path.ts";

Deno.test("resolvePath() leaves what a symbolic link may change", () => {
  assert.equal(resolvePath("b", "/a"), "/a/b");
  assert.equal(resolvePath("/b/", "/a"), "/b");
  assert.equal(resolvePath("./../b//c/.", "/x/y/"), "/x/y/../b/c");
  assert.equal(resolvePath("", "/a"), "/a");
  assert.equal(resolvePath(".", "/"), "/");
});

Deno.test("resolveAsText() resolves dots", () => {
  assert.equal(resolveAsText("b", "/a"), "/a/b");
  assert.equal(resolveAsText("./../b//c/.", "/x/y"), "/x/b/c");
  assert.equal(resolveAsText("../../../b", "/x"), "/b");
  assert.equal(resolveAsText("..", "/x"), "/");
});
