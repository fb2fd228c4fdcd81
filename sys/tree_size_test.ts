import assert from "node:assert/strict";
import { sizeOfTree } from "./tree_size.ts";

Deno.test("sizeOfTree() counts files once, and links not what they lead to", () => {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-size-" });
  try {
    const empty = sizeOfTree(directory);
    Deno.mkdirSync(`${directory}/a`);
    Deno.writeFileSync(`${directory}/a/file`, new Uint8Array(100_000));
    const once = sizeOfTree(directory);
    assert.ok(once - empty >= 100_000, `${empty}, ${once}`);
    Deno.linkSync(`${directory}/a/file`, `${directory}/again`);
    Deno.symlinkSync("/usr", `${directory}/link`);
    assert.ok(sizeOfTree(directory) - once < 50_000);
    assert.equal(sizeOfTree(`${directory}/nosuch`), 0);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
