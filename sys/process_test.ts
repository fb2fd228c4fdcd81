import assert from "node:assert/strict";
import { identify, isAlive, isEnding } from "./process.ts";

Deno.test("isEnding() is true of what has ended, reaped or not", async () => {
  const own = identify(Deno.pid)!;
  assert.equal(isEnding(own), false);
  assert.equal(isEnding({ ...own, startTime: own.startTime + 1 }), true);
  // Its child ends, and is never reaped.
  const parent = new Deno.Command("sh", {
    args: ["-c", "sleep 0 & echo $!; exec sleep 10"],
    stdout: "piped",
  }).spawn();
  const reader = parent.stdout.getReader();
  const { value } = await reader.read();
  const child = identify(Number(new TextDecoder().decode(value)))!;
  while (isAlive(child)) await new Promise((done) => setTimeout(done, 5));
  assert.equal(isEnding(child), true);
  parent.kill("SIGKILL");
  await reader.cancel();
  await parent.status;
  assert.equal(isEnding(child), true);
});
