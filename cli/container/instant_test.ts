import assert from "node:assert/strict";
import { instant } from "./instant.ts";

const NOW = new Date("2025-01-31T12:00:00Z");

Deno.test("instant() reads durations before now and RFC 3339 times", () => {
  const read = (text: string) => instant(text, NOW).toISOString();
  assert.equal(read("90s"), "2025-01-31T11:58:30.000Z");
  assert.equal(read("1h30m"), "2025-01-31T10:30:00.000Z");
  assert.equal(read("2025-01-30T00:00:00+01:00"), "2025-01-29T23:00:00.000Z");
});

Deno.test("instant() refuses what is neither", () => {
  for (const text of ["", "soon", "10", "5 m", "2025-13-01"]) {
    assert.throws(() => instant(text, NOW), /must be a duration/, text);
  }
});
