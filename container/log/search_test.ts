import assert from "node:assert/strict";
import fc from "fast-check";
import { Lines, type Range } from "./lines.ts";
import { LogReader, type Position } from "./reader.ts";
import type { LogRecord } from "./record.ts";
import { findEnd, findTail, findTime } from "./search.ts";
import { record, temporary, writeLog } from "./testing.ts";

/** Records of up to 60 KB, so that a log of some has several blocks and files. */
const records = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 60_000 }),
    newlines: fc.integer({ min: 0, max: 3 }),
    stream: fc.constantFrom("stdout" as const, "stderr" as const),
    pause: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 120 },
).map((all) => {
  let time = 1000n;
  return all.map(({ length, newlines, stream, pause }): LogRecord => {
    time += BigInt(pause);
    const bytes = new Uint8Array(length).fill(120);
    for (let i = 0; i < newlines; i++) {
      bytes[Math.floor((i + 1) * length / 3) - 1] = 10;
    }
    return { time, stream, bytes };
  });
});

const maxSize = fc.constantFrom(50_000, 400_000, 1_000_000, Infinity);

function read(directory: string, from: Position | undefined): LogRecord[] {
  using reader = new LogReader(directory, { from });
  const all: LogRecord[] = [];
  for (let some; (some = reader.next()).length > 0;) all.push(...some);
  return all;
}

/** The lines that begin at `since` or later, as `TIME LENGTH`. */
function linesSince(records: LogRecord[], since: bigint): string[] {
  const lines = new Lines({ since });
  return records.flatMap((record) =>
    [...lines.take(record)].map(({ lineTime, stream, bytes, begins, ends }) =>
      `${lineTime} ${stream} ${bytes.length} ${begins} ${ends}`
    )
  );
}

Deno.test("findTime() finds all that is wanted, and little more", () => {
  fc.assert(
    fc.property(
      records,
      maxSize,
      fc.bigInt(990n, 1300n),
      (all, size, since) => {
        using directory = temporary();
        writeLog(directory.path, all, { maxSize: size });
        const whole = read(directory.path, undefined);
        const from = findTime(directory.path, since);
        const part = read(directory.path, from);
        assert.deepEqual(linesSince(part, since), linesSince(whole, since));
        // At most the context is read for nothing.
        const before = part.filter(({ time }) => time < since)
          .reduce((sum, { bytes }) => sum + bytes.length, 0);
        assert.ok(before <= 9 * 256 * 1024, `${before}`);
      },
    ),
    { numRuns: 60 },
  );
});

const streams = fc.constantFrom(undefined, "stdout" as const, "stderr" as const)
  .map((one) => one && new Set([one]));

Deno.test("findTail() finds at least the last lines that are wanted", () => {
  fc.assert(
    fc.property(
      records,
      maxSize,
      fc.nat(50),
      streams,
      (all, size, count, streams) => {
        using directory = temporary();
        writeLog(directory.path, all, { maxSize: size });
        const begun = (from: Position | undefined) => {
          const lines = new Lines({ streams });
          return read(directory.path, from)
            .flatMap((record) => [...lines.take(record)])
            .filter(({ begins }) => begins).length;
        };
        const wanted = Math.min(count, begun(undefined));
        const from = findTail(directory.path, count, { streams });
        assert.ok(begun(from) >= wanted, `${begun(from)} of ${wanted}`);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("findTail() looks for lines of one stream before much of the other", () => {
  using directory = temporary();
  const much = Array.from(
    { length: 50 },
    () => record(2, "x\n".repeat(40_000)),
  );
  writeLog(directory.path, [record(1, "rare\n", "stderr"), ...much]);
  const from = (streams?: Range["streams"]) =>
    findTail(directory.path, 1, { streams });
  assert.equal(from(new Set(["stderr"])), undefined);
  assert.notEqual(from(new Set(["stdout"])), undefined);
  assert.notEqual(from(), undefined);
});

Deno.test("a log that is not there has no places", () => {
  assert.equal(findTime("/nowhere/at/all", 0n), undefined);
  assert.deepEqual(findEnd("/nowhere/at/all"), { file: 0, offset: 0 });
  assert.equal(findTail("/nowhere/at/all", 3, {}), undefined);
});
