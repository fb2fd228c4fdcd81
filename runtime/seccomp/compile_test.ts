import assert from "node:assert/strict";
import type { Seccomp, SeccompComparison } from "../spec.ts";
import { ACTIONS } from "./actions.ts";
import { compileSeccomp } from "./compile.ts";
import { TABLES } from "./tables.ts";
import { allowing, ANSWER, AUDIT, INTEL, simulate } from "./testing.ts";

const X86_64 = AUDIT.SCMP_ARCH_X86_64;
const { KILL, EPERM, ENOSYS, ALLOW } = ANSWER;

/** What the profile answers on x86_64. */
function answer(profile: Seccomp, number: number, ...args: bigint[]): number {
  const program = compileSeccomp(profile, "x86_64");
  return simulate(program, { number, audit: X86_64, args });
}

Deno.test("compileSeccomp() answers with the action of the call", () => {
  const profile = allowing([
    { names: ["read", "write"] },
    { names: ["open"], action: "SCMP_ACT_ERRNO", errnoRet: 13 },
    { names: ["close"], action: "SCMP_ACT_TRACE", errnoRet: 7 },
    { names: ["stat"], action: "SCMP_ACT_KILL_PROCESS" },
    { names: ["fstat"], action: "SCMP_ACT_TRAP" },
    { names: ["lstat"], action: "SCMP_ACT_LOG" },
  ]);
  const answers = [0, 1, 2, 3, 4, 5, 6].map((call) => answer(profile, call));
  assert.deepEqual(
    answers.map((value) => value.toString(16)),
    [
      "7fff0000",
      "7fff0000",
      "5000d",
      "7ff00007",
      "80000000",
      "30000",
      "7ffc0000",
    ],
  );
});

Deno.test("compileSeccomp() answers ENOSYS for calls newer than the profile", () => {
  const profile = allowing([{ names: ["read", "poll", "no_such_call"] }]);
  assert.equal(answer(profile, 6), EPERM);
  assert.equal(answer(profile, 8), ENOSYS);
  const open = { ...profile, defaultAction: "SCMP_ACT_LOG" } as const;
  assert.equal(answer(open, 8), ACTIONS.SCMP_ACT_LOG);
});

Deno.test("compileSeccomp() kills who comes by another architecture", () => {
  const program = compileSeccomp(allowing([{ names: ["read"] }]), "x86_64");
  const audit = AUDIT.SCMP_ARCH_X86;
  assert.equal(simulate(program, { number: 3, audit }), KILL);
});

Deno.test("compileSeccomp() does not let x32 pass for x86_64", () => {
  const only = allowing([{ names: ["read", "ioctl"] }]);
  assert.equal(answer(only, 0x4000_0000), KILL);
  const both = { ...only, architectures: INTEL };
  assert.equal(answer(both, 0x4000_0000), ALLOW);
  assert.equal(answer(both, 0x4000_0000 | 16), EPERM, "x86_64's ioctl");
  assert.equal(answer(both, 0x4000_0000 | 514), ALLOW);
});

Deno.test("compileSeccomp() compares all 64 bits of an argument", () => {
  const over = (op: SeccompComparison["op"]) =>
    allowing([{
      names: ["read"],
      args: [{ index: 1, value: 2 ** 32 + 5, op }],
    }]);
  const values = [
    5n,
    0x1_0000_0004n,
    0x1_0000_0005n,
    0x1_0000_0006n,
    0x2_0000_0000n,
  ];
  const allowed = (profile: Seccomp) =>
    values.filter((value) => answer(profile, 0, 0n, value) === ALLOW);
  const [low, below, same, above, high] = values;
  assert.deepEqual(allowed(over("SCMP_CMP_EQ")), [same]);
  assert.deepEqual(allowed(over("SCMP_CMP_NE")), [low, below, above, high]);
  assert.deepEqual(allowed(over("SCMP_CMP_LT")), [low, below]);
  assert.deepEqual(allowed(over("SCMP_CMP_LE")), [low, below, same]);
  assert.deepEqual(allowed(over("SCMP_CMP_GT")), [above, high]);
  assert.deepEqual(allowed(over("SCMP_CMP_GE")), [same, above, high]);
});

Deno.test("compileSeccomp() knows calls of the other architectures only", () => {
  const profile = allowing([{ names: ["chown32", "recv"] }], {
    architectures: INTEL,
  });
  const program = compileSeccomp(profile, "x86_64");
  const x86 = (number: number, ...args: bigint[]) =>
    simulate(program, { number, audit: AUDIT.SCMP_ARCH_X86, args });
  const SYS_RECV = 10n; // linux/net.h
  assert.equal(x86(212), ALLOW);
  assert.equal(x86(102, SYS_RECV), ALLOW, "socketcall");
  assert.equal(x86(102, 1n), EPERM);
  assert.equal(answer(profile, 212), EPERM, "lookup_dcookie of x86_64");
});

Deno.test("compileSeccomp() jumps over any number of rules", () => {
  const names = TABLES.SCMP_ARCH_X86_64().map(([name]) => name);
  const profile = allowing(
    names.map((name, value) => ({
      names: [name],
      args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
    })),
  );
  const program = compileSeccomp(profile, "x86_64");
  TABLES.SCMP_ARCH_X86_64().forEach(([, number], value) => {
    const ask = (arg: number) =>
      simulate(program, { number, audit: X86_64, args: [BigInt(arg)] });
    assert.equal(ask(value), ALLOW);
    assert.equal(ask(value + 1), EPERM);
  });
});

Deno.test("compileSeccomp() refuses what is too long for the kernel", () => {
  const profile = allowing(
    Array.from({ length: 2000 }, (_, value) => ({
      names: ["read"],
      args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
    })),
  );
  assert.throws(
    () => compileSeccomp(profile, "x86_64"),
    /linux\.seccomp: .* instructions, and the kernel takes 4096/,
  );
});
