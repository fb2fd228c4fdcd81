import assert from "node:assert/strict";
import { formatDuration, parseDuration } from "./duration.ts";

Deno.test("durations are read and written as Go does", () => {
  const same = { "500ms": 500, "5s": 5000, "1.5s": 1500, "1m30s": 90_000 };
  for (const [text, ms] of Object.entries(same)) {
    assert.equal(parseDuration(text), ms, text);
    assert.equal(formatDuration(ms), text);
  }
  assert.equal(parseDuration("0"), 0);
  assert.equal(parseDuration("1h"), 3_600_000);
  assert.equal(formatDuration(3_600_000), "1h0m0s");
  assert.equal(parseDuration("1500us"), 1.5);
});

Deno.test("what is no duration is refused", () => {
  for (const text of ["", "5", "-1s", "1d", "s", "1s ", "1.2.3s"]) {
    assert.throws(() => parseDuration(text), {
      message: /^must be a duration/,
    });
  }
});
