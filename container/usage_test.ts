import assert from "node:assert/strict";
import fc from "fast-check";
import { cpuPercent, type TimedReading } from "./usage.ts";

function reading(at: number, cpuUsec: number | undefined): TimedReading {
  const others = { memoryBytes: 0, block: undefined, pids: 1 };
  return { at, reading: { cpuUsec, ...others } };
}

Deno.test("a processor that was used all the time is 100 %, two are 200 %", () => {
  const before = reading(1000, 5_000_000);
  assert.equal(cpuPercent(before, reading(2000, 6_000_000)), 100);
  assert.equal(cpuPercent(before, reading(2000, 7_000_000)), 200);
  assert.equal(cpuPercent(before, reading(1500, 5_000_500)), 0.1);
});

Deno.test("without a second reading, or without time, nothing is known", () => {
  const now = reading(1000, 5);
  assert.equal(cpuPercent(undefined, now), undefined);
  assert.equal(cpuPercent(now, now), undefined);
  assert.equal(cpuPercent(reading(0, undefined), now), undefined);
  assert.equal(cpuPercent(now, reading(2000, undefined)), undefined);
});

Deno.test("the percentage of processor time is never negative", () => {
  const moment = fc.tuple(fc.nat(), fc.nat());
  fc.assert(fc.property(moment, moment, ([at, cpu], [later, more]) => {
    const percent = cpuPercent(reading(at, cpu), reading(at + later, more));
    assert(percent === undefined || percent >= 0);
  }));
});
