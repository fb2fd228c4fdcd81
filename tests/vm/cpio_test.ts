import assert from "node:assert/strict";
import { encodeCpio } from "./cpio.ts";

const ascii = (bytes: Uint8Array) =>
  new TextDecoder().decode(bytes).replaceAll("\0", "~");

Deno.test("encodeCpio() pads names and data to four bytes", () => {
  const data = new TextEncoder().encode("hello");
  const archive = ascii(
    encodeCpio([{ path: "a", kind: "file", mode: 0o644, data }]),
  );
  assert.equal(
    archive.slice(0, 120),
    "070701" + "00000001" + "000081a4" + "00000000".repeat(2) + "00000001" +
      "00000000" + "00000005" + "00000000".repeat(4) + "00000002" + "00000000" +
      "a~" + "hello~~~",
  );
  assert.ok(archive.slice(120).includes("TRAILER!!!~"));
});

Deno.test("encodeCpio() keeps a link's target as its data", () => {
  const archive = ascii(
    encodeCpio([
      { path: "bin", kind: "directory" },
      { path: "bin/sh", kind: "symlink", target: "busybox" },
    ]),
  );
  assert.ok(archive.includes("bin/sh~~~~busybox~"), archive);
  assert.equal(archive.slice(14, 22), "000041ed"); // a directory, 0755
});
