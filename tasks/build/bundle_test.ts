import assert from "node:assert/strict";
import { bundle, keepUsing, partsOf, toPart } from "./bundle.ts";

Deno.test("toPart() turns imports of parts into calls, and returns what is exported", () => {
  const { text, requires } = toPart(
    "./main.js",
    'import{a as b,c}from"./a.js";import"./d.js";function e(){b(c)}' +
      'var f=()=>import("./run-A.js"),g="import{h}from";import("node:fs");' +
      "export{e as default,f};\n",
  );
  assert.equal(
    text,
    'define("./main.js",(function(require,load){"use strict";' +
      'const{a:b,c}=require("./a.js");require("./d.js");function e(){b(c)}' +
      'var f=()=>load("./run-A.js"),g="import{h}from";import("node:fs");' +
      "return{default:e,f};\n}));\n",
  );
  assert.deepEqual(requires, ["./a.js", "./d.js"]);
});

Deno.test("toPart() refuses what is no function's body", () => {
  for (
    const module of [
      'import a from"node:fs";a();',
      'import*as a from"./a.js";a();',
      "export var a=1;",
    ]
  ) {
    assert.throws(() => toPart("./main.js", module), /^Error: Cannot pack/);
  }
});

Deno.test("keepUsing() mentions what is declared once more", () => {
  assert.equal(
    keepUsing("{\n  using a = b();\n  a.c();\n}\n"),
    "{\n  () => a;\n  using a = b();\n  a.c();\n}\n",
  );
});

Deno.test("a bundle closes what `using` holds, mentioned once or never", async () => {
  const directory = await Deno.makeTempDir({ prefix: "rkl-bundle-" });
  try {
    const entry = `${directory}/entry.ts`;
    await Deno.writeTextFile(
      entry,
      `export function once(open: () => Disposable) {
        using file = open();
        if (!file) return 1;
        return 2;
      }
      export function never(open: () => Disposable) {
        using _file = open();
        return 3;
      }`,
    );
    const out = `${directory}/out`;
    await bundle(new URL(`file://${entry}`), out);
    const [part] = await partsOf(out);
    assert.equal(part!.text.match(/\busing \w+=/g)?.length, 2, part!.text);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
