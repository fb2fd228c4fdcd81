import assert from "node:assert/strict";
import { readEntry, type Source } from "./tar_decode.ts";
import { encodeEntry } from "./tar_encode.ts";
import type { Entry } from "./tar_header.ts";
import { decodePax, encodePax } from "./pax.ts";

const encode = (text: string) => new TextEncoder().encode(text);

const FILE: Entry = {
  kind: "file",
  path: encode("a/b"),
  mode: 0o640,
  uid: 1000,
  gid: 100,
  size: 5,
  mtime: { seconds: 1_000_000_000, nanoseconds: 0 },
  target: new Uint8Array(),
  device: { major: 0, minor: 0 },
  xattrs: new Map(),
};

function sourceOf(bytes: Uint8Array): Source {
  let at = 0;
  return {
    take(length) {
      at += length;
      return bytes.subarray(at - length, Math.min(at, bytes.length));
    },
  };
}

function readAgain(entry: Entry): Entry | undefined {
  return readEntry(sourceOf(encodeEntry(entry)), new Map());
}

Deno.test("an entry that fits is one block, as POSIX has it", () => {
  const block = encodeEntry(FILE);
  const text = (from: number, to: number) =>
    new TextDecoder().decode(block.slice(from, to));
  assert.equal(block.length, 512);
  assert.equal(text(0, 4), "a/b\0");
  assert.equal(text(100, 124), "0000640\x000001750\x000000144\0");
  assert.equal(text(124, 148), "00000000005\x0007346545000\0");
  assert.equal(text(148, 157), "007650\0 0");
  assert.equal(text(257, 265), "ustar\x0000");
});

Deno.test("entries are read as they were written", () => {
  const entries: Partial<Entry>[] = [
    {},
    { kind: "directory", size: 0, path: encode("d/") },
    { kind: "link", size: 0, target: encode("../elsewhere") },
    { kind: "name", size: 0, target: encode("t".repeat(150)) },
    { kind: "block", size: 0, device: { major: 259, minor: 70000 } },
    { path: encode("p".repeat(3000)) },
    { path: new Uint8Array([0x66, 0xe9, 0xff]) },
    { size: 10 ** 12, uid: 2 ** 31, gid: 4_000_000_000 },
    { mtime: { seconds: -5, nanoseconds: 250_000_000 } },
    { mtime: { seconds: -5, nanoseconds: 0 } },
    { mtime: { seconds: 5, nanoseconds: 1 } },
    { xattrs: new Map([["user.x", new Uint8Array([0, 10, 255, 61])]]) },
  ];
  for (const change of entries) {
    const entry = { ...FILE, ...change };
    assert.deepEqual(readAgain(entry), entry);
  }
});

Deno.test("records of pax count their own digits", () => {
  for (const size of [0, 1, 86, 87, 88, 89, 985, 986, 987, 9983, 9984]) {
    const records = new Map([["key", new Uint8Array(size).fill(10)]]);
    const bytes = encodePax(records);
    assert.equal(bytes.length, parseInt(new TextDecoder().decode(bytes)));
    assert.deepEqual(decodePax(bytes), records);
  }
});
