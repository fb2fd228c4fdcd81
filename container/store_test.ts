import assert from "node:assert/strict";
import { isAlive } from "../sys/process.ts";
import { identifyMonitor } from "./store.ts";

Deno.test("a monitor that has ended already is nobody who has its pid later", () => {
  const life = { initPid: 1, noted: 0 };
  const [gone, ours] = [2 ** 22 + 1, Deno.pid]; // the first is more than any
  const ended = identifyMonitor({ ...life, monitorPid: gone });
  assert.deepEqual(ended, { pid: gone, startTime: 0 });
  assert.ok(isAlive(identifyMonitor({ ...life, monitorPid: ours })));
  assert.ok(!isAlive({ ...ended, pid: ours }));
});
