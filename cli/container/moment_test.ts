import assert from "node:assert/strict";
import { moment } from "./moment.ts";

const NOW = Date.parse("2025-01-31T12:00:00Z");

/** A moment in RFC 3339, to the millisecond, and nanoseconds of it. */
function read(text: string): string {
  const time = moment(text, NOW);
  const rest = time % 1_000_000n;
  return new Date(Number(time / 1_000_000n)).toISOString() +
    (rest ? ` +${rest}` : "");
}

Deno.test("moment() reads durations before now", () => {
  assert.equal(read("90s"), "2025-01-31T11:58:30.000Z");
  assert.equal(read("1h30m"), "2025-01-31T10:30:00.000Z");
  assert.equal(read("1.5h"), "2025-01-31T10:30:00.000Z");
  assert.equal(read("2d250ms"), "2025-01-29T11:59:59.750Z");
  assert.equal(read("1ns"), "2025-01-31T11:59:59.999Z +999999");
});

Deno.test("moment() reads RFC 3339 with a zone, to the nanosecond", () => {
  assert.equal(read("2025-01-30T00:00:00+01:00"), "2025-01-29T23:00:00.000Z");
  assert.equal(
    read("2025-01-30T00:00:00.123456789Z"),
    "2025-01-30T00:00:00.123Z +456789",
  );
  assert.equal(read("2025-01-30T07Z"), "2025-01-30T07:00:00.000Z");
  assert.equal(read("2025-01-30Z"), "2025-01-30T00:00:00.000Z");
});

Deno.test("moment() takes a time without a zone for a local one", () => {
  assert.equal(read("2025-01-30"), new Date(2025, 0, 30).toISOString());
  assert.equal(read("2025-06-30T07"), new Date(2025, 5, 30, 7).toISOString());
  assert.equal(
    read("2025-06-30T07:08:09"),
    new Date(2025, 5, 30, 7, 8, 9).toISOString(),
  );
});

Deno.test("moment() reads seconds since 1970, with a fraction", () => {
  assert.equal(moment("1738324800"), 1_738_324_800_000_000_000n);
  assert.equal(moment("1738324800.5"), 1_738_324_800_500_000_000n);
  assert.equal(moment("1738324800.000000001"), 1_738_324_800_000_000_001n);
});

Deno.test("moment() refuses what is none of these", () => {
  const texts = ["", "soon", "5 m", "2025-13-01", "2025-06-31", "-5s", "1x"];
  for (const text of [...texts, "2025-01-30T25:00", "2025-01-30T07:08+1"]) {
    assert.throws(() => moment(text, NOW), /must be a duration/, text);
  }
});
