import assert from "node:assert/strict";
import { bundle, keepUsing, partsOf, toPart } from "./bundle.ts";

Deno.test("toPart() turns imports of parts into calls, and lists what is required", () => {
  const { text, requires } = toPart(
    "./main.js",
    'module.exports=e(x);var a=require("./a.js"),b=require("process");' +
      'var c=()=>import("./run-A.js");import("node:fs");a.d(require("./a.js"));\n',
  );
  assert.equal(
    text,
    'define("./main.js",(function(module,require,load){"use strict";' +
      'module.exports=x;var a=require("./a.js"),b=require("process");' +
      'var c=()=>load("./run-A.js");import("node:fs");a.d(require("./a.js"));\n}));\n',
  );
  assert.deepEqual(requires, ["./a.js", "process"]);
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
