import assert from "node:assert/strict";
import { Shell } from "./shell.ts";

Deno.test("Shell.run() waits, and throws what a failed command said", async () => {
  const directory = await Deno.makeTempDir({ prefix: "rkl-shell-" });
  try {
    await using shell = new Shell(directory);
    assert((await shell.run("sleep", "0.05")) >= 50);
    await assert.rejects(
      shell.run("sh", "-c", "echo 'all wrong' >&2; exit 3"),
      /: all wrong$/,
    );
    await shell.run("test", "a b", "=", "a b");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
