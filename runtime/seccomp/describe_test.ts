import assert from "node:assert/strict";
import { describeSeccomp } from "./describe.ts";

Deno.test("describeSeccomp() tells rules and comparisons", () => {
  assert.deepEqual(
    describeSeccomp({
      defaultAction: "SCMP_ACT_ERRNO",
      defaultErrnoRet: 1,
      architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
      syscalls: [
        { names: ["read", "write"], action: "SCMP_ACT_ALLOW" },
        {
          names: ["clone"],
          action: "SCMP_ACT_ALLOW",
          args: [
            { index: 0, value: 8, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" },
            { index: 1, value: 5, op: "SCMP_CMP_LT" },
          ],
        },
      ],
    }),
    [
      "seccomp: ALLOW: read write",
      "seccomp: ALLOW: clone if (arg0 & 8) == 0 and arg1 < 5",
      "seccomp: ERRNO(1): all other calls of x86_64, x86",
    ],
  );
});
