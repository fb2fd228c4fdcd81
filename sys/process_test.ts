import assert from "node:assert/strict";
import { needs } from "../tests/facts.ts";
import { identify, isAlive, isEnding, openPid, readStat } from "./process.ts";

Deno.test("isEnding() is true of what has ended, reaped or not", async () => {
  const own = identify(Deno.pid)!;
  assert.equal(isEnding(own), false);
  assert.equal(isEnding({ ...own, startTime: own.startTime + 1 }), true);
  // Its child ends, and is never reaped.
  const parent = new Deno.Command("sh", {
    args: ["-c", "sh -c 'echo $$' & exec sleep 10"],
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

Deno.test({
  name: "openPid() finds none whose pid is a session's only",
  ...needs("tool:setsid"),
  async fn() {
    const { stdout } = await new Deno.Command("setsid", {
      args: ["sh", "-c", "sleep 100 > /dev/null 2>&1 & echo $$ $!"],
    }).output();
    const [leader, left] = new TextDecoder().decode(stdout).split(" ")
      .map(Number) as [number, number];
    try {
      assert.equal(readStat(left)!.session, leader);
      assert.equal(openPid(leader), undefined);
    } finally {
      Deno.kill(left, "SIGKILL");
    }
  },
});
