import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeRecords,
  encodeRecord,
  type Happening,
  HEADER_SIZE,
  type JournalEvent,
  MOST_BYTES,
} from "./record.ts";

const happening = fc.record({
  type: fc.constantFrom("container" as const, "network" as const),
  action: fc.string(),
  id: fc.string(),
  attributes: fc.dictionary(fc.string(), fc.string()).map((entries) => ({
    ...entries,
  })),
});
const time = fc.bigInt({ min: 0n, max: 1n << 61n });
const event = fc.record({ happening, time });

function encode({ happening, time }: { happening: Happening; time: bigint }) {
  return encodeRecord(happening, { time });
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const blob = parts.flatMap((part) => [...part]);
  return Uint8Array.from(blob);
}

Deno.test("what is encoded is decoded", () => {
  fc.assert(fc.property(fc.array(event), (events) => {
    const data = join(events.map(encode));
    assert.deepEqual(decodeRecords(data).events, events.map(told));
  }));
});

function told({ happening, time }: { happening: Happening; time: bigint }) {
  return { ...happening, time } as JournalEvent;
}

Deno.test("records that were cut short hide none that are whole", () => {
  const written = fc.record({
    event,
    cut: fc.option(fc.double({
      min: 0,
      max: 1,
      maxExcluded: true,
      noNaN: true,
    })),
  });
  fc.assert(fc.property(fc.array(written), (all) => {
    const data = join(all.map(({ event, cut }) => {
      const record = encode(event);
      return record.subarray(0, Math.floor((cut ?? 1) * record.length));
    }));
    const whole = all.filter(({ cut }) => cut === null);
    assert.deepEqual(
      decodeRecords(data).events,
      whole.map(({ event }) => told(event)),
    );
  }));
});

Deno.test("records that come in pieces are found, however they are cut", () => {
  const arbitrary = fc.tuple(
    fc.array(event, { minLength: 1, maxLength: 5 }),
    fc.array(fc.nat(400)),
  );
  fc.assert(fc.property(arbitrary, ([events, lengths]) => {
    const data = join(events.map(encode));
    const found: JournalEvent[] = [];
    let used = 0;
    let end = 0;
    for (const length of [...lengths, data.length]) {
      end = Math.min(data.length, end + length);
      const decoded = decodeRecords(data.subarray(used, end));
      found.push(...decoded.events);
      used += decoded.used;
    }
    assert.deepEqual(found, events.map(told));
  }));
});

Deno.test("any bytes between records are passed over", () => {
  const noise = fc.uint8Array({ maxLength: 100 })
    .filter((bytes) => !bytes.includes(0xff));
  fc.assert(fc.property(noise, event, noise, event, (a, one, b, two) => {
    const data = join([a, encode(one), b, encode(two)]);
    assert.deepEqual(decodeRecords(data).events, [one, two].map(told));
  }));
});

Deno.test("an end tells the exit code, and how long it took to come there", () => {
  const began = 1_000_000_000n;
  const death: Happening = {
    type: "container",
    action: "die",
    id: "web",
    attributes: { name: "web" },
    began,
  };
  const [CLD_EXITED, CLD_KILLED] = [1, 2];
  const ends = [{ code: CLD_EXITED, status: 3 }, {
    code: CLD_KILLED,
    status: 9,
  }];
  const records = ends.map((end) =>
    encodeRecord(death, { time: began + 2_500_000_000n, end })
  );
  assert.deepEqual(
    decodeRecords(join(records)).events.map(({ attributes }) => attributes),
    [
      { name: "web", execDuration: "2", exitCode: "3" },
      { name: "web", execDuration: "2", exitCode: "137" },
    ],
  );
});

Deno.test("what is too long for a record lacks its longest attributes", () => {
  const attributes = { name: "web", long: "x".repeat(MOST_BYTES), short: "y" };
  const record = encodeRecord(
    { type: "container", action: "start", id: "web", attributes },
    { time: 0n },
  );
  assert(record.length <= MOST_BYTES && record.length > HEADER_SIZE);
  const [event] = decodeRecords(record).events;
  assert.deepEqual(event!.attributes, { name: "web", short: "y" });
});

Deno.test("an action that is too long for a record is cut", () => {
  const action = `exec_start: ${"\u{1f600}".repeat(MOST_BYTES)}`;
  const record = encodeRecord(
    { type: "container", action, id: "web", attributes: { name: "web" } },
    { time: 0n },
  );
  assert(record.length <= MOST_BYTES);
  const [event] = decodeRecords(record).events;
  assert.deepEqual([event!.id, event!.attributes], ["web", {}]);
  assert(action.startsWith(event!.action) && event!.action.length > 1000);
});
