/**
 * Mistakes in config.json, and what rkl does not do: each told in one line, and
 * nothing done.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { assertNothingLeft, type Edit, once, runIn, without } from "./oci.ts";
import { makeBundle, sandbox } from "./rkl.ts";

/** Runs a bundle whose config.json has this text; returns the message. */
async function refuseText(text: string): Promise<string> {
  await using box = sandbox();
  const bundle = await makeBundle(`${box.directory}/bundle`);
  await Deno.writeTextFile(`${bundle}/config.json`, text);
  const { code, stdout, stderr } = await box.rkl("run", "-b", bundle, "it");
  assert.deepEqual({ code, stdout }, { code: 125, stdout: "" });
  assertNothingLeft(box);
  return stderr.replace(`rkl: ${bundle}/`, "").trimEnd();
}

const SYNTAX: [text: string, message: string][] = [
  [
    '{\n  "ociVersion": "1.0.2"\n  "root": {}\n}',
    "config.json:3:3: not valid JSON: expected , or }",
  ],
  [
    '{ "ociVersion": tru }',
    "config.json:1:17: not valid JSON: expected a value",
  ],
  ["", "config.json:1:1: not valid JSON: expected a value"],
  ["{}\n}", "config.json:2:1: not valid JSON: expected the end of the file"],
];

for (const [text, message] of SYNTAX) {
  Deno.test({
    name: `JSON that is not, ${JSON.stringify(text)}, is told with its place`,
    ...needs("root", "native"),
    async fn() {
      assert.equal(await refuseText(text), message);
    },
  });
}

Deno.test({
  name: "a config.json that is a directory, or not there, is told",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    await Deno.mkdir(`${box.directory}/config.json`);
    const [directory, missing, file] = await Promise.all([
      box.rkl("run", "-b", box.directory, "it"),
      box.rkl("run", "-b", `${box.directory}/nowhere`, "it"),
      box.rkl("run", "-b", "/etc/passwd", "it"),
    ]);
    assert.match(directory.stderr, /^rkl: .*config.json: is a directory; /);
    assert.match(
      missing.stderr,
      /^rkl: .*nowhere\/config.json: no such file; /,
    );
    assert.match(
      file.stderr,
      /^rkl: .*config.json: no such file; a part of its path is not a directory\n$/,
    );
  },
});

/** Wrong configs, all of them looked at by rkl at the same time. */
const WRONG: Record<string, [edit: Edit, message: RegExp]> = {
  "no args": [
    (c) => void (c.process.args = []),
    /^process.args: expected a list of at least one string, got \[\]$/,
  ],
  "a number for a string": [
    (c) => void (c.process.cwd = 7),
    /^process.cwd: expected an absolute path, got 7$/,
  ],
  "a relative working directory": [
    (c) => void (c.process.cwd = "etc"),
    /^process.cwd: expected an absolute path, got "etc"$/,
  ],
  "an entry of a list": [
    (c) => void (c.mounts[1].options[2] = { size: 1 }),
    /^mounts\[1\].options\[2\]: expected a string, got /,
  ],
  "a version to come": [
    (c) => void (c.ociVersion = "2.0.0"),
    /^ociVersion: expected a version 1.x.y, got "2.0.0"$/,
  ],
  "an unknown namespace": [
    (c) => void c.linux.namespaces.push({ type: "net" }),
    /^linux.namespaces\[6\].type: expected .*network.*, got "net"/,
  ],
  "a namespace twice": [
    (c) => void c.linux.namespaces.push({ type: "pid" }),
    /^linux.namespaces\[6\]: the pid namespace is given twice$/,
  ],
  "a soft limit above the hard one": [
    (c) => void (c.process.rlimits[0].soft = 2000),
    /^process.rlimits\[0\].soft: expected at most the hard limit 1024, got 2000$/,
  ],
  "an unknown limit": [
    (c) => void (c.process.rlimits[0].type = "RLIMIT_NOFILES"),
    /^process.rlimits\[0\].type: .*RLIMIT_NOFILE/,
  ],
  "a variable without a name": [
    (c) => void c.process.env.push("=x"),
    /^process.env\[2\]: expected NAME=value, got "=x"$/,
  ],
  "a sysctl of the host": [
    (c) => void (c.linux.sysctl = { "vm.swappiness": "1" }),
    /^linux.sysctl.*vm.swappiness.*: would change the host; a container may set /,
  ],
  "a hostname without a namespace for it": [
    (c) => void (c.linux.namespaces = without(c.linux.namespaces, "uts")),
    /^hostname: needs \{"type": "uts"\} in linux.namespaces$/,
  ],
  "a device without a number": [
    (c) => void (c.linux.devices = [{ path: "/dev/x", type: "c", minor: 1 }]),
    /^linux.devices\[0\].major: missing; /,
  ],
  "a NUL in a string": [
    (c) => void (c.process.args = ["sh", "a\0b"]),
    /^process.args\[1\]: expected a string/,
  ],
  "a listener for system calls": [
    (c) => void (c.linux.seccomp = { defaultAction: "SCMP_ACT_NOTIFY" }),
    /^SCMP_ACT_NOTIFY of linux.seccomp is not supported: it needs a listener /,
  ],
  "an errno for an action that has none": [
    (c) =>
      void (c.linux.seccomp = {
        defaultAction: "SCMP_ACT_ALLOW",
        defaultErrnoRet: 1,
        syscalls: [
          { names: ["read"], action: "SCMP_ACT_ERRNO", errnoRet: 4096 },
        ],
      }),
    /^linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW has none; .*; linux.seccomp.syscalls\[0\].errnoRet: expected at most 4095, got 4096$/,
  ],
  "an architecture that is none": [
    (c) =>
      void (c.linux.seccomp = {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures: ["SCMP_ARCH_AMD64"],
      }),
    /^linux.seccomp.architectures\[0\]: expected one of SCMP_ARCH_X86, /,
  ],
  "hooks": [
    (c) => void (c.hooks = { poststop: [{ path: "/bin/true" }] }),
    /^hooks is not supported: /,
  ],
  "an SELinux label": [
    (c) => void (c.process.selinuxLabel = "a:b:c:d"),
    /^process.selinuxLabel is not supported: /,
  ],
  "a user that means no change": [
    (c) => void (c.process.user = { uid: 4294967295, gid: 0 }),
    /^process.user.uid: expected a whole number from 0 to 4294967294, got /,
  ],
  "a user namespace to be joined": [
    (c) =>
      void c.linux.namespaces.push({ type: "user", path: "/proc/1/ns/user" }),
    /^linux.namespaces.path of the type user is not supported: /,
  ],
  "several at once": [
    (c) => {
      c.process.scheduler = { policy: "SCHED_IDLE" };
      c.linux.personality = { domain: "LINUX32" };
    },
    /^process.scheduler is not supported: .*; linux.personality is not supported/,
  ],
  "mapped mounts": [
    (c) => void c.mounts[1].options.push("idmap"),
    /^mounts is not supported: .*idmap/,
  ],
};

const refusals = once(async () => {
  await using box = sandbox();
  const entries = await Promise.all(
    Object.entries(WRONG).map(async ([name, [edit]], index) => {
      const bundle = await makeBundle(`${box.directory}/${index}`, edit);
      const result = await box.rkl("create", "-b", bundle, `it${index}`);
      const stderr = result.stderr.replace(`${bundle}/config.json: `, "");
      return [name, { ...result, stderr }] as const;
    }),
  );
  assertNothingLeft(box);
  return new Map(entries);
});

for (const [name, [, message]] of Object.entries(WRONG)) {
  Deno.test({
    name: `config.json with ${name} is refused, with the field`,
    ...needs("root", "native"),
    async fn() {
      const { code, stderr } = (await refusals()).get(name)!;
      assert.match(stderr, /^rkl: [^\n]+\n$/);
      assert.match(stderr.slice("rkl: ".length).trimEnd(), message);
      assert.equal(code, 125);
    },
  });
}

Deno.test({
  name: "keys that nobody knows are passed over",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const { code, stderr } = await runIn(box, (config) => {
      config.process.args = ["true"];
      config.solaris = { limitpriv: "default" };
      config.process.future = [1, 2];
      config.linux.resources.future = null;
    });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  },
});
