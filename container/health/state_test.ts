import assert from "node:assert/strict";
import { pauseAfter } from "./state.ts";
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

Deno.test("checks follow each other faster while it starts", () => {
  const starting = { Status: "starting" } as const;
  assert.equal(pauseAfter(CHECK, starting, 0), 5_000);
  assert.equal(pauseAfter(CHECK, starting, 10_000), 30_000);
  assert.equal(pauseAfter(CHECK, { Status: "healthy" }, 0), 30_000);
});
