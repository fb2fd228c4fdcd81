import assert from "node:assert/strict";
import { parentOf, privateMemory } from "./memory.ts";

Deno.test("parentOf() and privateMemory() read /proc", async () => {
  const child = new Deno.Command("sleep", { args: ["100"] }).spawn();
  try {
    assert.equal(parentOf(child.pid), Deno.pid);
    const bytes = privateMemory(child.pid);
    assert(bytes > 0 && bytes < 10 * 1024 * 1024, `${bytes} bytes`);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
});
