/**
 * Any profile is compiled to what libseccomp decides, or what its rules say.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { needs } from "../../tests/facts.ts";
import type { Arch } from "../../sys/numbers.ts";
import type { Seccomp, SeccompComparison, SeccompRule } from "../spec.ts";
import { uint64 } from "../spec/tables.ts";
import { compileSeccomp } from "./compile.ts";
import { DECISIVE_CAPABILITIES, defaultSeccomp } from "./default_profile.ts";
import { TABLES } from "./tables.ts";
import {
  allowing,
  ANSWER,
  AUDIT,
  INTEL,
  Libseccomp,
  type Name,
  simulate,
} from "./testing.ts";
import { SECCOMP_OPERATORS } from "../spec/tables.ts";

type Operator = SeccompComparison["op"];

const X86_64 = AUDIT.SCMP_ARCH_X86_64;
const { EPERM, ENOSYS, ALLOW } = ANSWER;
const ARM: Name[] = ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"];

Deno.test({
  name: "TABLES has the numbers libseccomp has",
  ...needs("libseccomp"),
  fn() {
    using library = new Libseccomp();
    for (const [architecture, table] of Object.entries(TABLES)) {
      for (const [name, number] of table()) {
        const other = library.numberOf(name, architecture);
        // It has numbers below 0 for calls reached through socketcall and ipc,
        // and none for calls that came after it.
        if (other === undefined || other < 0) continue;
        assert.equal(number, other, `${architecture} ${name}`);
      }
    }
  },
});

/** Few and near each other, so that comparisons meet. */
const short = fc.constantFrom(
  ...[0, 1, 2, 7, 8, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff],
);
const long = fc.constantFrom(
  ...[1, 2 ** 32, 2 ** 32 + 1, 2 ** 32 + 7, 2 ** 33],
  ...[2 ** 52 + 2 ** 32 + 1, 2 ** 64],
);
const value = fc.oneof(short, long);
const index = fc.nat(5);
const EQUALITY = ["SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_MASKED_EQ"] as const;
const ORDER = SECCOMP_OPERATORS.filter((op) =>
  !(EQUALITY as readonly string[]).includes(op)
);

/**
 * Comparisons that libseccomp gets right: its 2.5 is wrong where several rules
 * compare one argument with numbers that differ in the high half, by order.
 */
const comparison = fc.oneof(
  fc.record({
    index,
    value,
    valueTwo: value,
    op: fc.constantFrom(...EQUALITY),
  }),
  fc.record({ index, value: short, op: fc.constantFrom(...ORDER) }),
);
const anyComparison = fc.record({
  index,
  value,
  valueTwo: value,
  op: fc.constantFrom(...SECCOMP_OPERATORS),
});
const args = fc.array(comparison, { maxLength: 3 });
/**
 * Calls with numbers alike and not, and that x86 multiplexes. All are of x86_64:
 * where others are named, libseccomp 2.5 forgets to load what it compares.
 */
const MULTIPLEXED = ["socket", "bind", "shmat"];
const names = fc.uniqueArray(
  fc.constantFrom(
    ...["read", "write", "ioctl", "clone", "execve", "openat2", "readv"],
    ...MULTIPLEXED,
  ),
  { minLength: 1, maxLength: 4 },
);
const action = fc.constantFrom(
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_LOG",
  "SCMP_ACT_TRAP",
);
const sample = fc.array(
  fc.array(
    fc.oneof(
      value.map((one) => BigInt.asUintN(64, BigInt(one) - 1n)),
      value.map((one) => BigInt.asUintN(64, BigInt(one))),
      value.map((one) => BigInt.asUintN(64, BigInt(one) + 1n)),
    ),
    { minLength: 6, maxLength: 6 },
  ),
  { minLength: 20, maxLength: 20 },
);

/**
 * A profile whose rules for one call have one action. Where there are several,
 * each makes one comparison: libseccomp 2.5 mixes up longer ones.
 */
const agreeing = fc.record({
  defaultAction: action,
  allowed: fc.constantFrom("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"),
  architectures: fc.subarray(INTEL),
  syscalls: fc.array(fc.record({ names, args }), { maxLength: 12 }),
}).map(({ defaultAction, allowed, architectures, syscalls }): Seccomp => {
  const all = syscalls.flatMap(({ names }) => names);
  const alone = (name: string) =>
    !MULTIPLEXED.includes(name) && all.indexOf(name) === all.lastIndexOf(name);
  return {
    defaultAction,
    architectures,
    syscalls: syscalls.map(({ names, args }) => ({
      names,
      args: names.every(alone) ? args : args.slice(0, 1),
      action: allowed as SeccompRule["action"],
      errnoRet: allowed === "SCMP_ACT_ERRNO" ? 5 : undefined,
    })),
  };
});

/**
 * Rules of several actions that may contradict each other, in a form in which
 * libseccomp's order of them is one.
 */
const contradicting = fc.record({
  defaultAction: action,
  architectures: fc.subarray(INTEL),
  syscalls: fc.array(
    fc.record({
      names,
      args: fc.array(
        fc.record({
          index,
          value: short,
          op: fc.constantFrom("SCMP_CMP_EQ" as const, ...ORDER),
        }),
        { maxLength: 1 },
      ),
      action,
    }),
    { maxLength: 12 },
  ),
}) as fc.Arbitrary<Seccomp>;

/** Asserts that the profile answers as libseccomp does, behind runc's stub. */
function assertAgrees(
  library: Libseccomp,
  profile: Seccomp,
  samples: readonly (readonly bigint[])[],
  host: Arch = "x86_64",
): void {
  const theirs = library.compile(profile);
  if (theirs === undefined) return;
  const ours = compileSeccomp(profile, host);
  const spoken = new Set(profile.syscalls?.flatMap(({ names }) => names));
  const strict = ["ERRNO", "KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP"]
    .includes(profile.defaultAction.replace("SCMP_ACT_", ""));
  for (const name of host === "x86_64" ? INTEL : ARM) {
    const listed = name === "SCMP_ARCH_X86_64" ||
      profile.architectures?.includes(name);
    const calls = TABLES[name]();
    const last = calls.findLast(([call]) => spoken.has(call))?.[1];
    const numbers = calls
      .filter(([call]) => library.numberOf(call, name) !== undefined)
      .map(([, number]) => number);
    for (const number of [...numbers, 500, 0x4000_0000 | 600]) {
      const x32 = number >= 0x4000_0000;
      if (x32 !== (name === "SCMP_ARCH_X32")) continue;
      const stubbed = strict && listed && last !== undefined && number > last;
      const audit = AUDIT[name];
      for (const args of samples) {
        const mine = simulate(ours, { number, audit, args });
        const expected: number = stubbed
          ? ENOSYS
          : simulate(theirs, { number, audit, args });
        assert.equal(
          mine.toString(16),
          expected.toString(16),
          `${name} ${number}(${args})`,
        );
      }
    }
  }
}

for (
  const [does, profiles] of [
    ["decides", agreeing],
    ["orders contradicting rules", contradicting],
  ] as const
) {
  Deno.test({
    name: `compileSeccomp() ${does} as libseccomp does`,
    ...needs("libseccomp", "x86_64", "native"),
    fn() {
      using library = new Libseccomp();
      fc.assert(
        fc.property(
          profiles,
          sample,
          (profile, samples) => assertAgrees(library, profile, samples),
        ),
        { numRuns: 60, endOnFailure: true },
      );
    },
  });
}

/** Whether a comparison is true, in the words of libseccomp's manual. */
const HOLDS: Readonly<
  Record<Operator, (arg: bigint, value: bigint, two: bigint) => boolean>
> = {
  SCMP_CMP_NE: (arg, value) => arg !== value,
  SCMP_CMP_LT: (arg, value) => arg < value,
  SCMP_CMP_LE: (arg, value) => arg <= value,
  SCMP_CMP_EQ: (arg, value) => arg === value,
  SCMP_CMP_GE: (arg, value) => arg >= value,
  SCMP_CMP_GT: (arg, value) => arg > value,
  SCMP_CMP_MASKED_EQ: (arg, mask, two) => (arg & mask) === (two & mask),
};

Deno.test("compileSeccomp() compares any values in any number of rules", () => {
  const rules = fc.array(fc.array(anyComparison, { maxLength: 3 }), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(fc.property(rules, sample, (rules, samples) => {
    // One comparison for each argument: of several, runc makes several rules.
    const lists = rules.map((list) => [
      ...new Map(list.map((one) => [one.index, one])).values(),
    ]);
    const profile = allowing(lists.map((args) => ({ names: ["read"], args })));
    const program = compileSeccomp(profile, "x86_64");
    for (const args of samples) {
      const allowed = lists.some((list) =>
        list.every(({ index, op, value, valueTwo }) =>
          HOLDS[op](args[index]!, uint64(value), uint64(valueTwo))
        )
      );
      const got = simulate(program, { number: 0, audit: X86_64, args });
      assert.equal(got, allowed ? ALLOW : EPERM);
    }
  }));
});

Deno.test({
  name: "the default profile decides as libseccomp does with it",
  ...needs("libseccomp", "x86_64"),
  fn() {
    using library = new Libseccomp();
    // Families of sockets, personalities, and flags of clone.
    const firsts = [0, 1, 8, 37, 38, 39, 40, 41, 0x20000, 0x20008, 0xffff_ffff];
    const clones = [0x1000_0000, 0x7e02_0000, 0x0080_0000, 2 ** 32];
    const samples = [...firsts, ...clones].map((first) => [BigInt(first)]);
    for (
      const capabilities of [
        [],
        ["CAP_SYS_CHROOT"],
        ["CAP_SYS_ADMIN"],
        [...DECISIVE_CAPABILITIES],
      ]
    ) {
      const profile = defaultSeccomp("x86_64", capabilities);
      assertAgrees(library, profile, samples);
    }
  },
});

Deno.test({
  name: "compileSeccomp() decides for aarch64 as libseccomp does",
  ...needs("libseccomp", "native"),
  fn() {
    using library = new Libseccomp();
    // It filters for both, wherever it runs.
    const onArm = agreeing.map((profile) => ({
      ...profile,
      architectures: ARM,
    }));
    fc.assert(
      fc.property(
        onArm,
        sample,
        (profile, samples) =>
          assertAgrees(library, profile, samples, "aarch64"),
      ),
      { numRuns: 60, endOnFailure: true },
    );
    const samples = [0, 8, 38, 39, 40, 41, 0x1000_0000].map((first) => [
      BigInt(first),
    ]);
    for (const capabilities of [[], ["CAP_SYS_ADMIN"]]) {
      const profile = defaultSeccomp("aarch64", capabilities);
      assertAgrees(library, profile, samples, "aarch64");
    }
  },
});
