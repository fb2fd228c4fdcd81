import assert from "node:assert/strict";
import { capabilityMask, uint64 } from "./tables.ts";

Deno.test("uint64() takes the nearest double of RLIM_INFINITY for it", () => {
  assert.equal(
    uint64(JSON.parse("18446744073709551615")),
    18446744073709551615n,
  );
  assert.equal(uint64(1024), 1024n);
});

Deno.test("capabilityMask() has bit n for capability n", () => {
  assert.equal(capabilityMask(["CAP_CHOWN", "CAP_KILL"]), 0b100001n);
  assert.equal(capabilityMask(["CAP_CHECKPOINT_RESTORE"]), 1n << 40n);
  assert.equal(capabilityMask(["CAP_FROM_THE_FUTURE"]), 0n);
});
