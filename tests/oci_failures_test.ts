/**
 * What fails while a container is made: one line that says what was done, on
 * what, and why not; and nothing is left of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { has, needs } from "./facts.ts";
import { assertNothingLeft, type Edit, runIn, without } from "./oci.ts";
import { command, makeBundle, RKL, sandbox } from "./rkl.ts";

const FAILURES: Record<string, [edit: Edit, message: RegExp]> = {
  "an unknown filesystem": [
    (c) => void c.mounts.push({ destination: "/tmp", type: "nosuchfs" }),
    /^cannot mount \w+ .*\/tmp.*: ENODEV \(.*\)$/,
  ],
  "a sysctl that does not exist": [
    (c) => void (c.linux.sysctl = { "net.ipv4.no_such_thing": "1" }),
    /^cannot set linux.sysctl net.ipv4.no_such_thing to "1": ENOENT \(.*\)$/,
  ],
  "a sysctl with a value that is none": [
    (c) => void (c.linux.sysctl = { "kernel.shmmni": "many" }),
    /^cannot set linux.sysctl kernel.shmmni to "many": EINVAL \(.*\)$/,
  ],
  "a hostname that is too long": [
    (c) => void (c.hostname = "x".repeat(65)),
    /^cannot set the hostname to x+: EINVAL \(.*\)$/,
  ],
  "a working directory that is a file": [
    (c) => void (c.process.cwd = "/etc/passwd"),
    /^cannot .*\/etc\/passwd.*: ENOTDIR \(.*\)$/,
  ],
  "a target that is a file": [
    (c) => void c.mounts.push({ destination: "/etc/passwd", type: "tmpfs" }),
    /^cannot mount .*\/etc\/passwd.*: ENOTDIR \(.*\)$/,
  ],
  "a target below a file": [
    (c) => void c.mounts.push({ destination: "/etc/passwd/x", type: "tmpfs" }),
    /^cannot mount .*\/etc\/passwd\/x.*: ENOTDIR \(.*\)$/,
  ],
  "a terminal without a devpts": [
    (c) => {
      c.process.terminal = true;
      c.mounts = without(c.mounts, "devpts");
    },
    /^cannot .*terminal.*devpts.*: \w+ \(.*\)$/,
  ],
};

for (const [name, [edit, message]] of Object.entries(FAILURES)) {
  Deno.test({
    name: `${name}: what fails is told, and nothing is left`,
    ...needs("root"),
    async fn() {
      await using box = sandbox();
      const { code, stdout, stderr } = await runIn(box, edit);
      assert.match(stderr, /^rkl: [^\n]+\n$/);
      assert.match(stderr.slice("rkl: ".length).trimEnd(), message);
      assert.deepEqual({ code, stdout }, { code: 125, stdout: "" });
      assertNothingLeft(box);
    },
  });
}

Deno.test({
  name: "a hard limit that may not be raised is told with what is missing",
  ...needs("root", "tool:prlimit", "tool:setpriv"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      const [soft, hard] = [1024, 4096];
      config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft, hard }];
    });
    const without = has("cap-sys-resource")
      ? ["setpriv", "--bounding-set=-sys_resource"]
      : [];
    const { code, stderr } = await command("prlimit", [
      ...["--nofile=2048:2048", ...without],
      ...[RKL, ...box.roots, "run", "--bundle", bundle, "it"],
    ]);
    assert.match(
      stderr,
      /^rkl: cannot set RLIMIT_NOFILE .*: EPERM \(.*\); raising a hard limit needs CAP_SYS_RESOURCE, which rkl lacks here\n$/,
    );
    assert.equal(code, 125);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a root that rkl may not write to is told",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`);
    const roots = ["--root", "/proc/rkl"];
    const words = [...roots, "run", "--bundle", bundle, "it"];
    const { code, stderr } = await command(RKL, words);
    assert.match(
      stderr,
      /^rkl: cannot [^\n]*\/proc\/rkl[^\n]*: ENOENT[^\n]*\n$/,
    );
    assert.equal(code, 125);
  },
});
