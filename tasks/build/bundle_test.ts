import assert from "node:assert/strict";
import { nodeModules, toPart } from "./bundle.ts";

Deno.test("toPart() turns imports of parts into calls", () => {
  assert.equal(
    toPart('var a=()=>import("./run-A.js");import("node:fs");\n'),
    'var a=()=>load("./run-A.js");import("node:fs");',
  );
});

Deno.test("nodeModules() follows parts", () => {
  const texts = new Map([
    ["./main.js", 'require("./a.js");require("./b.js")'],
    ["./a.js", 'require("./b.js");require("node:fs")'],
    ["./b.js", 'require("process")'],
    ["./c.js", 'require("node:net")'],
  ]);
  assert.deepEqual(nodeModules("./main.js", texts), ["node:fs", "process"]);
});
