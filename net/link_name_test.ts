import assert from "node:assert/strict";
import { checkLinkName, InvalidLinkNameError } from "./link_name.ts";

Deno.test("a link's name fits the kernel", () => {
  for (
    const name of ["eth0", "a", "x".repeat(15), "rkl-0_a.b", "ü".repeat(7)]
  ) {
    assert.equal(checkLinkName(name), name);
  }
  const invalid = ["", ".", "..", "x".repeat(16), "ü".repeat(8), "a b", "a/b"];
  for (const name of [...invalid, "a:b", "veth%d", "a\0", "a\n"]) {
    assert.throws(() => checkLinkName(name), InvalidLinkNameError);
  }
});
