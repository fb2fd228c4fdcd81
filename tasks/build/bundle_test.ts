import assert from "node:assert/strict";
import { toPart } from "./bundle.ts";

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
