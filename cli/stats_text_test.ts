import assert from "node:assert/strict";
import { statsFields } from "./stats_text.ts";

const USAGE = {
  id: "0123456789abcdef".repeat(4),
  name: "web",
  cpuPercent: 12.345,
  memory: { used: 1_253_376, limit: 8_589_934_592 },
  traffic: { received: 1_134, sent: 0 },
  block: { read: 12_345_678, written: 999 },
  pids: 2,
};

Deno.test("what a container uses is told as docker does", () => {
  assert.deepEqual(statsFields(USAGE, false), {
    BlockIO: "12.3MB / 999B",
    CPUPerc: "12.35%",
    Container: "0123456789ab",
    ID: "0123456789ab",
    MemPerc: "0.01%",
    MemUsage: "1.195MiB / 8GiB",
    Name: "web",
    NetIO: "1.13kB / 0B",
    PIDs: "2",
  });
  assert.equal(statsFields(USAGE, true).ID, USAGE.id);
});

Deno.test("what nothing counts is told so", () => {
  const nothing = {
    ...USAGE,
    cpuPercent: undefined,
    memory: undefined,
    block: undefined,
    pids: undefined,
  };
  const { CPUPerc, MemPerc, MemUsage, BlockIO, PIDs } = statsFields(
    nothing,
    false,
  );
  assert.deepEqual([CPUPerc, MemPerc, MemUsage, BlockIO, PIDs], [
    "--",
    "--",
    "-- / --",
    "--",
    "--",
  ]);
});

Deno.test("a container that does not run uses nothing of no limit", () => {
  const ended = { ...USAGE, cpuPercent: 0, memory: { used: 0, limit: 0 } };
  const { CPUPerc, MemPerc, MemUsage } = statsFields(ended, false);
  assert.deepEqual([CPUPerc, MemPerc, MemUsage], ["0.00%", "0.00%", "0B / 0B"]);
});
