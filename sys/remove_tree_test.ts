import assert from "node:assert/strict";
import { exists, sweepPending } from "./entry.ts";
import { AT_FDCWD } from "./fd.ts";
import { removeTree } from "./remove_tree.ts";
import { sizeOfTree } from "./tree_size.ts";
import { cstr } from "./memory.ts";
import { trySyscall } from "./syscall.ts";

/** Directories in one another, which no path leads to. */
function nest(path: string, depth: number): void {
  Deno.mkdirSync(path);
  let at = trySyscall("openat", AT_FDCWD, path, 0, 0);
  const name = cstr("d");
  for (let level = 0; level < depth; level++) {
    trySyscall("mkdirat", at, name, 0o700);
    const inner = trySyscall("openat", at, name, 0, 0);
    trySyscall("close", at);
    at = inner;
  }
  assert.ok(at >= 0);
  trySyscall("close", at);
}

Deno.test("what is nested deeper than a path can say is measured and removed", () => {
  const path = Deno.makeTempDirSync({ prefix: "rkl-test-" });
  nest(`${path}/deep`, 5_000);
  Deno.writeTextFileSync(`${path}/.deep-0`, ""); // a name that is taken
  Deno.symlinkSync("/", `${path}/link`);
  trySyscall("mkdirat", AT_FDCWD, cstr(`${path}/no UTF-8`), 0o700);
  const odd = Uint8Array.of(...new TextEncoder().encode(`${path}/`), 0xff, 0);
  assert.equal(trySyscall("mkdirat", AT_FDCWD, odd, 0o700), 0);
  assert.ok(sizeOfTree(path) >= 0);
  removeTree(path);
  assert.ok(!exists(path));
});

Deno.test("what was left of one that is nested deep is swept", () => {
  const parent = Deno.makeTempDirSync({ prefix: "rkl-test-" });
  const pending = `${parent}/.new-0-0`;
  nest(pending, 5_000);
  sweepPending(parent, {
    stays: (path, error) => assert.fail(`${path}: ${error}`),
  });
  assert.ok(!exists(pending));
  Deno.removeSync(parent);
});
