import assert from "node:assert/strict";
import { formatSize } from "./size.ts";

Deno.test("formatSize() has up to four digits and a decimal unit", () => {
  const sizes = [0, 999, 1000, 12_345, 1_234_567, 270_600_000_000, 1e18];
  assert.deepEqual(sizes.map(formatSize), [
    "0B",
    "999B",
    "1kB",
    "12.35kB",
    "1.235MB",
    "270.6GB",
    "1000PB",
  ]);
});
