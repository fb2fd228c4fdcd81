import assert from "node:assert/strict";
import { logRecord } from "./log.ts";

Deno.test("log records have the fields that engines read", () => {
  const now = new Date("2025-01-31T12:00:00Z");
  assert.deepEqual(JSON.parse(logRecord("error", 'a "b"', "json", now)), {
    level: "error",
    msg: 'a "b"',
    time: "2025-01-31T12:00:00.000Z",
  });
  assert.equal(
    logRecord("error", 'a "b"', "text", now),
    'time="2025-01-31T12:00:00.000Z" level=error msg="a \\"b\\""',
  );
});
