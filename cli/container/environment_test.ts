import assert from "node:assert/strict";
import { inherited, parseEnvFile } from "./environment.ts";

Deno.test("a bare KEY takes rkl's own value, or is left out", () => {
  const own = (key: string) => key === "HOME" ? "/root" : undefined;
  assert.deepEqual(inherited(["A=1", "HOME", "NONE", "B="], own), [
    "A=1",
    "HOME=/root",
    "B=",
  ]);
});

Deno.test("an env file holds a variable a line, comments and blank lines", () => {
  assert.deepEqual(
    parseEnvFile('# hi\n\nA=1 # kept\r\n  B="x"\nHOME\n', "f"),
    ["A=1 # kept", 'B="x"', "HOME"],
  );
  assert.throws(
    () => parseEnvFile("A=1\nNO GOOD=2\n", "f.env"),
    /^Error: f.env:2: /,
  );
});
