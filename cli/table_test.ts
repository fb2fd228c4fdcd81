import assert from "node:assert/strict";
import { formatTable } from "./table.ts";

Deno.test("formatTable() aligns columns and trims the ends", () => {
  assert.deepEqual(
    formatTable([["ID", "PID"], ["web-server", "7"], ["b", ""]]),
    [
      "ID           PID",
      "web-server   7",
      "b",
    ],
  );
});

Deno.test("formatTable() does not widen columns for a row that ends there", () => {
  assert.deepEqual(
    formatTable([["ID", "PID"], ["a long remark"], ["web", "7"]]),
    ["ID    PID", "a long remark", "web   7"],
  );
});
