import assert from "node:assert/strict";
import { fileName, listFiles, openFile, openLog, trimLog } from "./files.ts";
import { LogReader, type Position } from "./reader.ts";
import { BLOCK, decodeRecords, LOG_HEADER } from "./record.ts";
import { findEnd } from "./search.ts";
import { alongside } from "../../tests/alongside.ts";
import { record, temporary, writeLog } from "./testing.ts";

/** The text of all that a reader has. */
function textOf(reader: LogReader): string {
  const decoder = new TextDecoder();
  let text = "";
  for (let records; (records = reader.next()).length > 0;) {
    for (const { bytes } of records) text += decoder.decode(bytes);
  }
  return text;
}

const long = (letter: string) => letter.repeat(100_000);

Deno.test("LogReader reads from one block and one file to the next", () => {
  using directory = temporary();
  const texts = ["a", "b", "c", "d", "e", "f", "g"].map(long);
  const records = texts.map((text, i) => record(i, text));
  writeLog(directory.path, records, { maxSize: BLOCK + 1000 });
  assert.deepEqual(listFiles(directory.path), [1, 2, 3]);
  using reader = new LogReader(directory.path);
  assert.equal(textOf(reader), texts.join(""));
  assert.deepEqual(reader.next(), []);
});

Deno.test("LogReader goes on where it stopped, also in a file made meanwhile", () => {
  using directory = temporary();
  using reader = new LogReader(directory.path);
  assert.equal(textOf(reader), "");
  writeLog(directory.path, [record(1, "one ")]);
  assert.equal(textOf(reader), "one ");
  writeLog(directory.path, [record(1, "one "), record(2, "two ")]);
  assert.equal(textOf(reader), "two ");
  writeLog(directory.path, [record(3, "three")], { first: 2 });
  assert.equal(textOf(reader), "three");
});

Deno.test("LogReader waits for a record whose header is not there yet", () => {
  using directory = temporary();
  const path = `${directory.path}/${fileName(1)}`;
  writeLog(directory.path, [record(1, "one"), record(2, "two")]);
  const whole = Deno.readFileSync(path);
  const half = whole.slice();
  half.fill(0, LOG_HEADER.size + 3, 2 * LOG_HEADER.size + 3);
  Deno.writeFileSync(path, half);
  using reader = new LogReader(directory.path);
  assert.equal(textOf(reader), "one");
  Deno.writeFileSync(path, whole);
  assert.equal(textOf(reader), "two");
});

/** Writes records that fill a block each, with their numbers, as a monitor does. */
function writeBlocks(
  { path, size, count }: { path: string; size: number; count: number },
) {
  const file = Deno.openSync(path, { write: true });
  const put = (at: number, ...words: number[]) => {
    file.seekSync(at, 0);
    file.writeSync(new Uint8Array(Uint32Array.from(words).buffer));
  };
  const HEADER = 24, LAST = 4, LONGEST = 0.5; // ms
  for (let i = 0; i < count; i++) {
    put(i * size + HEADER, i);
    put((i + 1) * size - LAST, 0);
    const until = performance.now() + LONGEST * Math.random();
    while (performance.now() < until);
    put(i * size, 0, 0, 0, 0, size - HEADER, 1);
  }
}

Deno.test("LogReader misses nothing of what is written while it reads", async () => {
  using directory = temporary();
  const path = `${directory.path}/${fileName(1)}`;
  Deno.createSync(path).close();
  const order = { path, size: BLOCK, count: 800 };
  using _writer = await alongside(writeBlocks, order);
  using reader = new LogReader(directory.path);
  for (let number = 0; number < order.count;) {
    for (const { bytes } of reader.next()) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      assert.equal(view.getUint32(0, true), number++);
    }
  }
});

Deno.test("a header that was read while it was written is read once more", () => {
  using directory = temporary();
  const PAGE = 4096, at = PAGE - LOG_HEADER.length - 2;
  const texts = ["a".repeat(at - LOG_HEADER.size), long("b"), "c"];
  writeLog(directory.path, texts.map((text) => record(1, text)));
  const data = Deno.readFileSync(`${directory.path}/${fileName(1)}`);
  // Two bytes of its length are on the page before.
  const half = data.slice(at, PAGE);
  data.fill(0, at, PAGE);
  const { used } = decodeRecords(data, (place) => {
    if (place === at) data.set(half, at);
  });
  assert.equal(used, data.length);
});

Deno.test("LogReader leaves out what is damaged, up to the next block", () => {
  using directory = temporary();
  writeLog(directory.path, ["a", "b", "c", "d"].map((l) => record(1, long(l))));
  const path = `${directory.path}/${fileName(1)}`;
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xff, 100_000 + LOG_HEADER.size, 100_000 + 2 * LOG_HEADER.size);
  Deno.writeFileSync(path, bytes);
  using reader = new LogReader(directory.path);
  // Of c the first bytes are in the damaged block.
  assert.match(textOf(reader), /^a{100000}c{37928}d{100000}$/);
});

Deno.test("LogReader tells how many files were gone before it read them", () => {
  using directory = temporary();
  let missed = 0;
  writeLog(directory.path, [record(1, "one ")]);
  const options = { missed: (files: number) => void (missed += files) };
  using reader = new LogReader(directory.path, options);
  assert.equal(textOf(reader), "one ");
  // They are deleted in order, so the one that is being read goes first.
  Deno.removeSync(`${directory.path}/${fileName(1)}`);
  writeLog(directory.path, [record(4, "four")], { first: 4 });
  assert.equal(textOf(reader), "four");
  assert.equal(missed, 2);
});

Deno.test("LogReader reads to where the log ended at a moment, and no further", () => {
  using directory = temporary();
  const { path } = directory;
  const texts = ["a", "b", "c", "d"].map(long);
  const records = texts.map((text, i) => record(i, text));
  const readTo = (until: Position | undefined) => {
    using reader = new LogReader(path, { until });
    return textOf(reader);
  };
  for (const maxSize of [BLOCK + 1000, 2 * BLOCK]) {
    writeLog(path, records.slice(0, 3), { maxSize });
    const until = findEnd(path);
    writeLog(path, records, { maxSize });
    writeLog(path, [record(9, "new")], { first: listFiles(path).at(-1)! + 1 });
    assert.equal(readTo(until), texts.slice(0, 3).join(""));
    assert.equal(readTo(undefined), `${texts.join("")}new`);
    for (const number of listFiles(path)) {
      Deno.removeSync(`${path}/${fileName(number)}`);
    }
  }
});

Deno.test("trimLog() leaves the files that somebody reads, and those after", () => {
  using directory = temporary();
  for (const first of [1, 2, 3, 4, 5]) {
    writeLog(directory.path, [record(first, "x")], { first });
  }
  const reader = openFile(directory.path, 2, "follow");
  trimLog(directory.path, 2);
  assert.deepEqual(listFiles(directory.path), [2, 3, 4, 5]);
  reader?.[Symbol.dispose]();
  const waits = openFile(directory.path, 3, "wait");
  trimLog(directory.path, 2);
  assert.deepEqual(listFiles(directory.path), [3, 4, 5]);
  waits?.[Symbol.dispose]();
  trimLog(directory.path, 2);
  assert.deepEqual(listFiles(directory.path), [4, 5]);
});

Deno.test("openLog() goes on with the last file, without what is half written", () => {
  using directory = temporary();
  writeLog(directory.path, [record(1, "old")]);
  writeLog(directory.path, [record(2, long("a")), record(3, "b")], {
    first: 7,
  });
  const path = `${directory.path}/${fileName(7)}`;
  const { size } = Deno.statSync(path);
  Deno.truncateSync(path, size - 1);
  using place = openLog(directory.path);
  assert.deepEqual([place.first, place.number], [1, 7]);
  assert.equal(Deno.statSync(path).size, 100_000 + LOG_HEADER.size);
});

Deno.test("openLog() makes a log that only its owner can read", () => {
  using directory = temporary();
  const path = `${directory.path}/log`;
  using _place = openLog(path);
  const mode = (name: string) => Deno.statSync(name).mode! & 0o777;
  assert.equal(mode(path), 0o700);
  assert.equal(mode(`${path}/${fileName(1)}`), 0o600);
});
