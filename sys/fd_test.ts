import assert from "node:assert/strict";
import { eventCounter, O, open, openFileInRoot, read, write } from "./fd.ts";
import { SyscallError } from "./errors.ts";

Deno.test("eventCounter() gives what was written to it, once", () => {
  using counter = eventCounter();
  const buffer = new Uint8Array(8);
  assert.equal(read(counter.number, buffer), undefined);
  const words = new Uint32Array([7, 2]); // as a failed program of rows does
  assert.equal(write(counter.number, new Uint8Array(words.buffer)), 8);
  assert.equal(read(counter.number, buffer), 8);
  assert.deepEqual(new Uint32Array(buffer.buffer), words);
  assert.equal(read(counter.number, buffer), undefined);
});

Deno.test("openFileInRoot() opens files, and nothing whose driver would act", () => {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-fd-" });
  try {
    const path = (name: string) => `${directory}/${name}`;
    Deno.writeTextFileSync(path("file"), "text");
    Deno.symlinkSync("/file", path("link"));
    new Deno.Command("mkfifo", { args: [path("pipe")] }).outputSync();
    using root = open(directory, O.PATH | O.DIRECTORY);
    const buffer = new Uint8Array(9);
    for (const name of ["file", "link", "../link"]) {
      using file = openFileInRoot(root, name);
      assert.equal(read(file.number, buffer), 4);
    }
    for (const [name, code] of [[".", "EISDIR"], ["pipe", "EACCES"]] as const) {
      assert.throws(
        () => openFileInRoot(root, name),
        (error) => error instanceof SyscallError && error.code === code,
      );
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
