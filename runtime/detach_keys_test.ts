import assert from "node:assert/strict";
import { Keys, parseDetachKeys } from "./detach_keys.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("parseDetachKeys() reads docker's words", () => {
  assert.deepEqual(parseDetachKeys("ctrl-p,ctrl-q"), [0x10, 0x11]);
  assert.deepEqual(parseDetachKeys("a"), [0x61]);
  assert.deepEqual(parseDetachKeys("ctrl-@,ctrl-[,ctrl-\\"), [0, 0x1b, 0x1c]);
  assert.deepEqual(parseDetachKeys("ctrl-],ctrl-^,ctrl-_"), [
    0x1d,
    0x1e,
    0x1f,
  ]);
  assert.deepEqual(parseDetachKeys("ctrl-z,~,DEL"), [0x1a, 0x7e, 0x7f]);
  assert.deepEqual(parseDetachKeys(""), []);
});

Deno.test("parseDetachKeys() says which key is wrong", () => {
  for (
    const [wrong, key] of [
      ["ctrl-", "ctrl-"],
      ["ctrl-p,ctrl-1", "ctrl-1"],
      ["ctrl-A", "ctrl-A"],
      ["ab", "ab"],
      ["a,,b", ""],
      ["ü", "ü"],
      ["a, b", " b"],
    ] as const
  ) {
    assert.throws(() => parseDetachKeys(wrong), (error: Error) => {
      return error.message.startsWith(`"${key}" is no key; use a character`);
    });
  }
});

/** What passes of each read, until the keys to detach, which are `!`. */
function pass(sequence: string, ...reads: string[]): string[] {
  const keys = new Keys([...bytes(sequence)]);
  const passed: string[] = [];
  for (const read of reads) {
    const { keys: some, detach } = keys.push(bytes(read));
    passed.push(text(some) + (detach ? "!" : ""));
    if (detach) break;
  }
  return passed;
}

Deno.test("Keys finds the sequence in one read, or split over several", () => {
  assert.deepEqual(pass("pq", "xpqy"), ["x!"]);
  assert.deepEqual(pass("pq", "xp", "q"), ["x", "!"]);
  assert.deepEqual(pass("abc", "a", "b", "c"), ["", "", "!"]);
  assert.deepEqual(pass("a", "xa"), ["x!"]);
});

Deno.test("Keys passes on what only began as the sequence", () => {
  assert.deepEqual(pass("pq", "p", "x"), ["", "px"]);
  assert.deepEqual(pass("pq", "pp", "pq"), ["p", "p!"]);
  assert.deepEqual(pass("aab", "aaab"), ["a!"]);
  assert.deepEqual(pass("abac", "abab", "ac"), ["ab", "!"]);
});

Deno.test("Keys without a sequence passes everything on", () => {
  assert.deepEqual(pass("", "pq", "\x10\x11"), ["pq", "\x10\x11"]);
});
