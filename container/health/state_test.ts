import assert from "node:assert/strict";
import { afterCheck, type Health, pauseAfter, UNKNOWN } from "./state.ts";
import type { Healthcheck } from "./healthcheck.ts";

const CHECK: Healthcheck = {
  test: ["true"],
  interval: 30_000,
  timeout: 30_000,
  startPeriod: 10_000,
  startInterval: 5_000,
  retries: 3,
  onFailure: "none",
};

const result = (ExitCode: number, Output = "") => ({
  Start: "2026-01-01T00:00:00.000Z",
  End: "2026-01-01T00:00:01.000Z",
  ExitCode,
  Output,
});

/** Status and streak, without the log. */
function follow(before: Partial<Health>, code: number, age: number) {
  const { Status, FailingStreak } = afterCheck(
    CHECK,
    { ...UNKNOWN, ...before },
    result(code),
    age,
  );
  return [Status, FailingStreak];
}

Deno.test("a good check makes it healthy, whatever was before", () => {
  assert.deepEqual(follow({}, 0, 0), ["healthy", 0]);
  const ill = { Status: "unhealthy", FailingStreak: 9 } as const;
  assert.deepEqual(follow(ill, 0, 99_999), ["healthy", 0]);
});

Deno.test("so many failures in a row make it unhealthy, and no fewer", () => {
  const well = { Status: "healthy" } as const;
  assert.deepEqual(follow({ ...well, FailingStreak: 0 }, 1, 0), ["healthy", 1]);
  assert.deepEqual(follow({ ...well, FailingStreak: 1 }, 2, 0), ["healthy", 2]);
  const third = follow({ ...well, FailingStreak: 2 }, -1, 0);
  assert.deepEqual(third, ["unhealthy", 3]);
});

Deno.test("failures in the start period do not count until one was good", () => {
  assert.deepEqual(follow({ FailingStreak: 2 }, 1, 9_999), ["starting", 2]);
  assert.deepEqual(follow({ FailingStreak: 2 }, 1, 10_000), ["unhealthy", 3]);
  const well = { Status: "healthy", FailingStreak: 2 } as const;
  assert.deepEqual(follow(well, 1, 9_999), ["unhealthy", 3]);
});

Deno.test("the last five results are kept", () => {
  let health = UNKNOWN;
  for (const output of "abcdefg") {
    health = afterCheck(CHECK, health, result(0, output), 0);
  }
  const outputs = health.Log.map(({ Output }) => Output);
  assert.deepEqual(outputs, ["c", "d", "e", "f", "g"]);
});

Deno.test("checks follow each other faster while it starts", () => {
  assert.equal(pauseAfter(CHECK, UNKNOWN, 0), 5_000);
  assert.equal(pauseAfter(CHECK, UNKNOWN, 10_000), 30_000);
  const well = { ...UNKNOWN, Status: "healthy" } as const;
  assert.equal(pauseAfter(CHECK, well, 0), 30_000);
});
