import assert from "node:assert/strict";
import { valueBefore } from "./undo.ts";

Deno.test("valueBefore() is the whole file, or the line of one device", () => {
  const cases: [file: string, value: string, text: string, before: string][] = [
    ["cpu.max", "5000 100000", "max 100000", "max 100000"],
    ["memory.max", "4096", "max", "max"],
    ["io.bfq.weight", "default 50", "default 100\n8:0 200", "default 100"],
    ["io.bfq.weight", "8:0 50", "default 100\n8:0 200", "8:0 200"],
    ["io.weight", "8:16 50", "default 100\n8:0 200", "8:16 default"],
    [
      "io.max",
      "8:0 rbps=1",
      "",
      "8:0 rbps=max wbps=max riops=max wiops=max",
    ],
    ["blkio.throttle.read_bps_device", "7:0 9", "7:1 3", "7:0 0"],
    ["blkio.throttle.read_bps_device", "7:0 9", "7:1 3\n7:0 5", "7:0 5"],
    [
      "rdma.max",
      "mlx hca_handle=1",
      "mlx hca_handle=max",
      "mlx hca_handle=max",
    ],
  ];
  for (const [file, value, text, before] of cases) {
    assert.equal(valueBefore({ file: `/c/${file}`, value }, text), before);
  }
});
