import assert from "node:assert/strict";
import { formatBinarySize, formatSize } from "./size.ts";

Deno.test("formatSize() has up to four digits and a decimal unit", () => {
  const sizes = [0, 999, 1000, 12_345, 1_234_567, 270_600_000_000, 1e18];
  assert.deepEqual(sizes.map((size) => formatSize(size)), [
    "0B",
    "999B",
    "1kB",
    "12.35kB",
    "1.235MB",
    "270.6GB",
    "1000PB",
  ]);
});

Deno.test("formatBinarySize() has up to four digits and a binary unit", () => {
  const sizes = [0, 1023, 1024, 1_253_376, 8_589_934_592];
  assert.deepEqual(sizes.map(formatBinarySize), [
    "0B",
    "1023B",
    "1KiB",
    "1.195MiB",
    "8GiB",
  ]);
});
