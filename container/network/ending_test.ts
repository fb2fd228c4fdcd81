import assert from "node:assert/strict";
import { identify } from "../../sys/process.ts";
import { tryOpenNetnsOf } from "./ending.ts";

Deno.test("the namespace of a process is not its successor's", () => {
  const self = identify(Deno.pid)!;
  using own = tryOpenNetnsOf(self);
  assert(own);
  const before = { ...self, startTime: self.startTime - 1 };
  assert.equal(tryOpenNetnsOf(before), undefined);
});
