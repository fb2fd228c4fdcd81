import assert from "node:assert/strict";
import { eventCounter, read, write } from "./fd.ts";

Deno.test("eventCounter() gives what was written to it, once", () => {
  using counter = eventCounter();
  const buffer = new Uint8Array(8);
  assert.equal(read(counter.number, buffer), undefined);
  const words = new Uint32Array([7, 2]); // as a failed program of rows does
  assert.equal(write(counter.number, new Uint8Array(words.buffer)), 8);
  assert.equal(read(counter.number, buffer), 8);
  assert.deepEqual(new Uint32Array(buffer.buffer), words);
  assert.equal(read(counter.number, buffer), undefined);
});
