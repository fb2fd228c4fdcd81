/**
 * What holds a container: filters of system calls, masked paths, AppArmor.
 *
 * @module
 */
import assert from "node:assert/strict";
import { temporaryExecutable } from "../runtime/init/testing.ts";
import { needs } from "./facts.ts";
import {
  ask,
  assertNothingLeft,
  failed,
  inspect,
  nameIn,
  ROOTFS,
  sleeper,
  succeeded,
} from "./container.ts";
import { withoutSeccomp } from "./poor_kernel.ts";
import { BUSYBOX, command, RKL, type Sandbox, sandbox } from "./rkl.ts";

const SECCOMP = "grep -w Seccomp /proc/self/status";
const FILTERED = "Seccomp:\t2";
const UNFILTERED = "Seccomp:\t0";

/** Whether the calls of a container are filtered. */
async function filterOf(box: Sandbox, ...flags: string[]): Promise<string> {
  const { seccomp } = await ask(box, [...flags, ROOTFS], { seccomp: SECCOMP });
  return seccomp;
}

Deno.test({
  name: "a container of a root filesystem has docker's filter",
  ...needs("root", "seccomp"),
  async fn() {
    await using box = sandbox();
    const told = await ask(box, [ROOTFS], {
      seccomp: SECCOMP,
      user: "unshare -U true",
      date: "date -s 2020-01-01 >/dev/null",
      chroot: "chroot / echo in",
    });
    assert.equal(told.seccomp, FILTERED);
    assert.match(told.user, /unshare.*: Operation not permitted/);
    assert.match(told.date, /can't set date: Operation not permitted/);
    assert.equal(told.chroot, "in");
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "the filter follows the capabilities",
  ...needs("root", "seccomp", "native"),
  async fn() {
    await using box = sandbox();
    const unshare = { it: "unshare -U echo in" };
    const admin = ["--cap-add", "SYS_ADMIN", ROOTFS];
    assert.equal((await ask(box, admin, unshare)).it, "in");
    assert.equal(await filterOf(box, "--cap-drop", "ALL"), FILTERED);
  },
});

Deno.test({
  name: "unconfined and privileged containers have no filter",
  ...needs("root", "seccomp", "native"),
  async fn() {
    await using box = sandbox();
    const option = "--security-opt";
    for (const flags of [[option, "seccomp=unconfined"], ["--privileged"]]) {
      assert.equal(await filterOf(box, ...flags), UNFILTERED, `${flags}`);
    }
    const both = ["--privileged", option, "seccomp:builtin"];
    assert.equal(await filterOf(box, ...both), FILTERED);
  },
});

Deno.test({
  name: "a bundle says for itself whether it is filtered",
  ...needs("root", "seccomp", "native"),
  async fn() {
    await using box = sandbox();
    const bare = await ask(box, [BUSYBOX], { it: SECCOMP });
    assert.equal(bare.it, UNFILTERED);
    const words = ["--security-opt", "seccomp=builtin", BUSYBOX];
    assert.equal((await ask(box, words, { it: SECCOMP })).it, FILTERED);
  },
});

Deno.test({
  name: "seccomp=FILE takes a profile of docker's",
  ...needs("root", "seccomp"),
  async fn() {
    await using box = sandbox();
    const file = `${box.directory}/profile.json`;
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [
          { name: "mkdir", action: "SCMP_ACT_ERRNO", errnoRet: 28 },
          { names: ["mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28 },
          {
            names: ["unlink", "unlinkat"],
            action: "SCMP_ACT_ERRNO",
            includes: { caps: ["CAP_SYS_ADMIN"] },
          },
        ],
      }),
    );
    const words = ["--security-opt", `seccomp=${file}`, ROOTFS];
    const told = await ask(box, words, {
      mkdir: "mkdir /tmp/made",
      unlink: "touch /tmp/a && rm /tmp/a && echo gone",
    });
    assert.match(told.mkdir, /No space left on device/);
    assert.equal(told.unlink, "gone");
  },
});

Deno.test({
  name: "seccomp=FILE tells what is wrong with the file",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const file = `${box.directory}/profile.json`;
    await Deno.writeTextFile(file, '{"defaultAction": "DENY"}');
    const words = ["container", "run", "--security-opt", `seccomp=${file}`];
    const result = await box.rkl(...words, ROOTFS, "true");
    assert(result.stderr.startsWith(`rkl: ${file}:1:19: defaultAction: `));
    failed(result, 125, /expected one of SCMP_ACT_KILL, .*, got "DENY"$/m);
    await Deno.remove(file);
    failed(
      await box.rkl(...words, ROOTFS, "true"),
      125,
      `${file}: no such file; expected a profile of system calls, in JSON`,
    );
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "the filter outlives stop and start, and exec has it",
  ...needs("root", "seccomp"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    succeeded(await box.rkl(...sleeper(name)));
    const ask = ["container", "exec", name, "sh", "-c", SECCOMP];
    assert.equal(succeeded(await box.rkl(...ask)).trim(), FILTERED);
    assert.equal((await inspect(box, name)).seccomp, "builtin");
    succeeded(await box.rkl("container", "stop", "--time", "0", name));
    succeeded(await box.rkl("container", "start", name));
    assert.equal(succeeded(await box.rkl(...ask)).trim(), FILTERED);
    succeeded(await box.rkl("container", "delete", "--force", name));
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a specification's profile is relative to its file",
  ...needs("root", "seccomp", "native"),
  async fn() {
    await using box = sandbox();
    const profile = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["uname"], action: "SCMP_ACT_KILL_PROCESS" }],
    };
    await Deno.writeTextFile(
      `${box.directory}/profile.json`,
      JSON.stringify(profile),
    );
    await Deno.writeTextFile(
      `${box.directory}/it.yaml`,
      `image: ${ROOTFS}
args: [uname]
securityContext:
  seccompProfile: { type: Localhost, localhostProfile: profile.json }
`,
    );
    const run = ["container", "run", "--rm", `${box.directory}/it.yaml`];
    assert.equal((await box.rkl(...run)).code, 159);
  },
});

Deno.test({
  name: "mask, unmask and systempaths change what is covered",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const option = "--security-opt";
    const masked = [option, "mask=/proc/version", option, "unmask=/proc/sys"];
    const told = await ask(box, [...masked, ROOTFS], {
      version: "cat /proc/version",
      sys: "mount | grep -c ' /proc/sys '",
      irq: "mount | grep -c ' /proc/irq '",
    });
    assert.deepEqual(told, { version: "", sys: "0", irq: "1" });
    const open = await ask(box, [option, "systempaths=unconfined", ROOTFS], {
      covered: "mount | grep -c ' /proc/'",
    });
    assert.equal(open.covered, "0");
  },
});

Deno.test({
  name: "no-new-privileges can be turned off as well as on",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const question = { it: "grep NoNewPrivs /proc/self/status" };
    for (const [text, value] of [["true", 1], ["false", 0]] as const) {
      const flags = ["--security-opt", `no-new-privileges:${text}`, ROOTFS];
      assert.equal(
        (await ask(box, flags, question)).it,
        `NoNewPrivs:\t${value}`,
      );
    }
  },
});

Deno.test({
  name: "without seccomp in the kernel, docker's filter is left out aloud",
  ...needs("root", "seccomp", "native"),
  async fn() {
    await using box = sandbox();
    const run = [RKL, ...box.roots, "container", "run", "--rm"];
    const words = ["--network", "none", ROOTFS, "grep", "Seccomp_"];
    using elf = temporaryExecutable(
      withoutSeccomp([...run, ...words, "/proc/self/status"]),
    );
    const { code, stdout, stderr } = await command(elf.path, []);
    // The one filter there is that which plays the kernel.
    assert.deepEqual([code, stdout], [0, "Seccomp_filters:\t1\n"], stderr);
    assert.match(
      stderr,
      /^rkl: warning: the container's system calls are not filtered: the kernel lacks CONFIG_SECCOMP_FILTER$/m,
    );
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "an AppArmor profile is refused by name where the kernel has none",
  ...needs("root", "no-apparmor", "native"),
  async fn() {
    await using box = sandbox();
    const words = ["container", "run", "--security-opt", "apparmor=mine"];
    failed(
      await box.rkl(...words, ROOTFS, "true"),
      125,
      'process.apparmorProfile: the kernel does not apply "mine", as it has ' +
        "no AppArmor, or has it turned off; leave it out",
    );
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "AppArmor holds containers and what is executed in them",
  ...needs("root", "apparmor", "file:/sbin/apparmor_parser"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    succeeded(await box.rkl(...sleeper(name)));
    const current = "cat /proc/self/attr/current; echo x > /proc/sysrq-trigger";
    const { stdout, stderr } = await box.rkl(
      ...["container", "exec", name, "sh", "-c", current],
    );
    assert.equal(stdout, "rkl-default (enforce)\n");
    assert.match(stderr, /Permission denied|Read-only/);
    const init = await Deno.readTextFile(
      `/proc/${(await inspect(box, name)).pid}/attr/current`,
    );
    assert.equal(init, "rkl-default (enforce)\n");
    succeeded(await box.rkl("container", "delete", "--force", name));
    const free = ["--security-opt", "apparmor=unconfined", ROOTFS];
    const told = await ask(box, free, { it: "cat /proc/self/attr/current" });
    assert.equal(told.it, "unconfined");
    const missing = ["container", "run", "--security-opt", "apparmor=nowhere"];
    failed(
      await box.rkl(...missing, ROOTFS, "true"),
      125,
      /cannot set process\.apparmorProfile to nowhere: ENOENT/,
    );
    assertNothingLeft(box);
  },
});
