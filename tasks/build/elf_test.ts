import assert from "node:assert/strict";
import { addSegment, readExecutable } from "./elf.ts";

Deno.test("addSegment() gives the note's place to the segment", async () => {
  const deno = readExecutable(await Deno.readFile(Deno.execPath()));
  const segment = Uint8Array.of(1, 2, 3, 4);
  const [front, back] = addSegment(deno, segment, 2);
  const packed = readExecutable.bind(null, front);

  const PT_NOTE = 4;
  const without = deno.segments.filter(({ type }) => type !== PT_NOTE);
  assert.throws(packed, /no PT_NOTE/); // there is one note, and it is gone
  const view = new DataView(front.buffer);
  const phoff = Number(view.getBigUint64(32, true));
  const last = phoff + without.length * 56;
  assert.equal(view.getUint32(last, true), 1); // PT_LOAD
  assert.equal(view.getUint32(last + 4, true), 5); // readable, executable
  assert.equal(Number(view.getBigUint64(last + 8, true)), front.length);
  assert.equal(Number(view.getBigUint64(last + 32, true)), segment.length);
  assert.equal(
    view.getBigUint64(24, true),
    view.getBigUint64(last + 16, true) + 2n,
  );
  assert.deepEqual(back, segment);
});

Deno.test("readExecutable() says what it cannot take", () => {
  const refuse = (bytes: Uint8Array, reason: RegExp) =>
    assert.throws(() => readExecutable(bytes), reason);
  const header = new Uint8Array(64);
  refuse(header, /not an ELF file/);
  header.set([0x7f, 0x45, 0x4c, 0x46]);
  refuse(header, /machine is 0/);
  header[18] = 62;
  refuse(header, /not position-independent/);
});
