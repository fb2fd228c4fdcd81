import assert from "node:assert/strict";
import { type Host, parseSeccompProfile } from "./seccomp_profile.ts";

const HOST: Host = {
  arch: "x86_64",
  capabilities: ["CAP_SYS_CHROOT"],
  release: "6.1.0-56-amd64",
};

const parse = (profile: unknown, host: Partial<Host> = {}) =>
  parseSeccompProfile(JSON.stringify(profile), "p.json", { ...HOST, ...host });

/** The calls of the rules that hold. */
function names(rule: object, host: Partial<Host> = {}): string[] {
  const profile = parse({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["acct"], action: "SCMP_ACT_ALLOW", ...rule }],
  }, host);
  return profile.syscalls!.flatMap(({ names }) => names);
}

Deno.test("parseSeccompProfile() takes a profile of config.json as it is", () => {
  const profile = {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    architectures: ["SCMP_ARCH_X86_64"],
    flags: ["SECCOMP_FILTER_FLAG_LOG"],
    syscalls: [{
      names: ["read"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }],
    }],
  };
  assert.deepEqual(parse(profile), profile);
});

Deno.test("parseSeccompProfile() picks the host's line of archMap", () => {
  const profile = {
    defaultAction: "SCMP_ACT_ALLOW",
    archMap: [
      {
        architecture: "SCMP_ARCH_X86_64",
        subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
      },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: null },
    ],
  };
  assert.deepEqual(parse(profile).architectures, [
    "SCMP_ARCH_X86_64",
    "SCMP_ARCH_X86",
    "SCMP_ARCH_X32",
  ]);
  const { architectures } = parse(profile, { arch: "aarch64" });
  assert.deepEqual(architectures, ["SCMP_ARCH_AARCH64"]);
});

Deno.test("parseSeccompProfile() leaves out what is for others", () => {
  const admin = { caps: ["CAP_SYS_ADMIN"] };
  const chroot = { caps: ["CAP_SYS_CHROOT"] };
  assert.deepEqual(names({ includes: chroot }), ["acct"]);
  assert.deepEqual(names({ includes: admin }), []);
  assert.deepEqual(names({ excludes: admin }), ["acct"]);
  assert.deepEqual(names({ excludes: chroot }), []);
  assert.deepEqual(names({ includes: { arches: ["amd64", "x32"] } }), ["acct"]);
  assert.deepEqual(names({ includes: { arches: ["s390"] } }), []);
  assert.deepEqual(names({ includes: { minKernel: "6.1" } }), ["acct"]);
  assert.deepEqual(names({ includes: { minKernel: "6.2" } }), []);
  assert.deepEqual(names({ excludes: { minKernel: "4.8" } }), []);
  assert.deepEqual(names({ includes: {}, excludes: null }), ["acct"]);
});

Deno.test("parseSeccompProfile() knows docker's old and podman's own fields", () => {
  const profile = parse({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrno: "ENOSYS",
    syscalls: [
      { name: "read", action: "SCMP_ACT_ALLOW", args: null, comment: "" },
      { names: ["bdflush"], action: "SCMP_ACT_ERRNO", errno: "EPERM" },
    ],
  });
  assert.deepEqual(profile, {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW" },
      { names: ["bdflush"], action: "SCMP_ACT_ERRNO", errnoRet: 1 },
    ],
  });
});

const WRONG: readonly (readonly [text: string, message: RegExp])[] = [
  ['{\n"defaultAction" "x"}', /^p\.json:2:17: not valid JSON: expected :$/],
  [
    '{\n  "defaultAction": "ALLOW"}',
    /^p\.json:2:20: defaultAction: expected one of SCMP_ACT_KILL, .*"ALLOW"$/,
  ],
  [
    '{"defaultAction": "SCMP_ACT_ERRNO",\n"syscalls": [\n{"names": ["read"], "action": "SCMP_ACT_ALLOW", "arg": []}]}',
    /^p\.json:3:\d+: syscalls\[0\]\.arg: is called args$/,
  ],
  [
    '{"defaultAction": "SCMP_ACT_ERRNO",\n"syscalls": [{"action": "SCMP_ACT_ALLOW"}]}',
    /^p\.json:2:14: syscalls\[0\]\.names: missing; expected at least one /,
  ],
  [
    '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_TRAP",\n"args": [{"index": 0, "value": 9007199254740993, "op": "SCMP_CMP_EQ"}]}]}',
    /^p\.json:2:32: a comparison with 9007199254740993 would be one with /,
  ],
  [
    '{"defaultAction": "SCMP_ACT_NOTIFY"}',
    /^p\.json:1:19: defaultAction: SCMP_ACT_NOTIFY is not supported: /,
  ],
  [
    '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}',
    /^p\.json:1:56: defaultErrnoRet: SCMP_ACT_ALLOW has none; /,
  ],
  [
    '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["SYS_ADMIN"]}}]}',
    /syscalls\[0\]\.includes\.caps\[0\]: expected a capability, such as CAP_SYS_ADMIN/,
  ],
];

for (const [text, message] of WRONG) {
  Deno.test(`parseSeccompProfile() tells where ${text} is wrong`, () => {
    assert.throws(() => parseSeccompProfile(text, "p.json", HOST), { message });
  });
}
