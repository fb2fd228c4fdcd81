import assert from "node:assert/strict";
import { plain } from "./format.ts";
import { Lines, type Range } from "./lines.ts";
import { record } from "./testing.ts";

const RECORDS = [
  record(10, "one\ntw"),
  record(20, "error\n", "stderr"),
  record(30, "o\nthree\nfo"),
  record(40, "ur\n"),
];

function textOf(range: Range, skip = 0, timestamps = false): string {
  const lines = new Lines(range, skip);
  const { format } = plain({ timestamps });
  const pieces = RECORDS.flatMap((record) => [...lines.take(record)]);
  const decoder = new TextDecoder();
  return pieces.flatMap(format).map((part) => decoder.decode(part)).join("");
}

Deno.test("a line is as old as its first byte", () => {
  // As records have it: what a stream goes on with may come after another's.
  assert.equal(textOf({ since: 20n }), "error\nthree\nfour\n");
  assert.equal(textOf({ until: 20n }), "one\ntwerror\no\n");
  assert.equal(textOf({ since: 11n, until: 29n }), "error\n");
});

Deno.test("lines are skipped whole, in the order in which they begin", () => {
  assert.equal(textOf({}, 1), "twerror\no\nthree\nfour\n");
  assert.equal(textOf({}, 2), "error\nthree\nfour\n");
  assert.equal(textOf({}, 5), "");
});

Deno.test("a stream alone", () => {
  assert.equal(textOf({ streams: new Set(["stderr"]) }), "error\n");
});

Deno.test("each line has its time once, to the nanosecond", () => {
  const at = (n: number) => `1970-01-01T00:00:00.0000000${n}Z`;
  assert.equal(
    textOf({ streams: new Set(["stdout"]) }, 0, true),
    `${at(10)} one\n${at(10)} two\n${at(30)} three\n${at(30)} four\n`,
  );
});

Deno.test("isOver() waits for the ends of lines that are wanted", () => {
  const lines = new Lines({ until: 20n });
  const over = RECORDS.map((record) => {
    const before = lines.isOver(record.time);
    [...lines.take(record)];
    return before;
  });
  assert.deepEqual(over, [false, false, false, true]);
});
