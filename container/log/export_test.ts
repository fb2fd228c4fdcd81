import assert from "node:assert/strict";
import { ENTRY_SIZE } from "./chunks.ts";
import { cri, jsonFile } from "./export.ts";
import type { Formatter } from "./format.ts";
import { jsonText } from "./json_text.ts";
import { Lines } from "./lines.ts";
import type { LogRecord } from "./record.ts";
import { record } from "./testing.ts";

function textOf({ format, end }: Formatter, records: LogRecord[]): string {
  const lines = new Lines({});
  const pieces = records.flatMap((record) => [...lines.take(record)]);
  const parts = [...pieces.flatMap(format), ...end().map(({ bytes }) => bytes)];
  const decoder = new TextDecoder();
  return parts.map((part) => decoder.decode(part)).join("");
}

const at = (n: number) => `1970-01-01T00:00:00.0000000${n}Z`;

const RECORDS = [
  record(10, "one\n\ntw"),
  record(20, "error\n", "stderr"),
  record(30, "o\nunfinished"),
];

Deno.test("cri() has a line an entry, P for one that never ends", () => {
  assert.equal(
    textOf(cri(), RECORDS),
    `${at(10)} stdout F one\n${at(10)} stdout F \n${at(20)} stderr F error\n` +
      `${at(10)} stdout F two\n${at(30)} stdout P unfinished\n`,
  );
});

Deno.test("jsonFile() has docker's fields; the newline tells that a line ends", () => {
  const entry = (log: string, stream: string, n: number) =>
    `{"log":"${log}","stream":"${stream}","time":"${at(n)}"}\n`;
  assert.equal(
    textOf(jsonFile(), RECORDS),
    entry("one\\n", "stdout", 10) + entry("\\n", "stdout", 10) +
      entry("error\\n", "stderr", 20) + entry("two\\n", "stdout", 10) +
      entry("unfinished", "stdout", 30),
  );
  const [first] = textOf(jsonFile({ app: "web" }), RECORDS).split("\n");
  assert.deepEqual(JSON.parse(first!).attrs, { app: "web" });
});

Deno.test("long lines are cut, and come out whole again", () => {
  for (const length of [ENTRY_SIZE, ENTRY_SIZE + 1, 1 << 20]) {
    const line = "x".repeat(length);
    const half = Math.floor(length / 2);
    const records = [
      record(10, line.slice(0, half)),
      record(20, `${line.slice(half)}\nnext\n`),
    ];
    const entries = textOf(cri(), records).trimEnd().split("\n")
      .map((entry) => entry.split(" "));
    assert.ok(entries.every(([, , , text]) => text!.length <= ENTRY_SIZE));
    const tags = entries.map(([, , tag]) => tag).join("");
    assert.match(tags, /^P*FF$/);
    assert.equal(tags.length, Math.ceil(length / ENTRY_SIZE) + 1);
    const text = entries.map(([, , , text]) => text).join("");
    assert.equal(text, `${line}next`);
  }
});

Deno.test("a line is not cut within a character", () => {
  for (const shift of [0, 1, 2, 3]) {
    const line = "a".repeat(shift) + "€𝄞".repeat(5000);
    const json = textOf(jsonFile(), [record(10, `${line}\n`)]);
    const entries = json.trimEnd().split("\n").map((text) => JSON.parse(text));
    assert.ok(entries.length > 1);
    assert.equal(entries.map(({ log }) => log).join(""), `${line}\n`);
  }
});

Deno.test("jsonText() escapes as docker does", () => {
  const text = (value: string | number[]) =>
    jsonText(
      typeof value === "string"
        ? new TextEncoder().encode(value)
        : Uint8Array.from(value),
    );
  assert.equal(text('"\\\r\t\b'), '\\"\\\\\\r\\u0009\\u0008');
  assert.equal(text("<b>&\u2028"), "\\u003cb\\u003e\\u0026\\u2028");
  assert.equal(text([0x61, 0xff, 0x62]), "a\\ufffdb");
  assert.equal(text([0xef, 0xbb, 0xbf, 0x61]), "\ufeffa");
});
