import assert from "node:assert/strict";
import { keepPids } from "./ps_table.ts";

const TABLE = `UID          PID    PPID CMD
root           1       0 init
root          42       1 sleep 100
root         142       1 sleep 42
`;

Deno.test("keepPids() keeps the heading and the container's lines", () => {
  assert.deepEqual(keepPids(TABLE, [42], "ps -ef"), [
    "UID          PID    PPID CMD",
    "root          42       1 sleep 100",
  ]);
});

Deno.test("keepPids() needs a column PID", () => {
  assert.throws(() => keepPids("CMD\ninit\n", [1], "ps -o comm"), {
    message:
      '"ps -o comm" prints no column PID, by which a container\'s processes are found',
  });
});
