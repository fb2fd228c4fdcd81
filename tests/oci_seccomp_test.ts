/**
 * `linux.seccomp`, as the kernel has it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { asksByDoor, type Door } from "./foreign_call.ts";
import {
  ask,
  assertNothingLeft,
  type Edit,
  makeRootfs,
  once,
  runIn,
  runOnce,
  startSleeper,
} from "./oci.ts";
import { makeBundle, sandbox } from "./rkl.ts";

/** A profile under which `mkdir` has a fate of its own. */
function onMkdir(action: string, errnoRet?: number): Edit {
  return ({ linux }) => {
    linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["mkdir", "mkdirat"], action, errnoRet }],
    };
  };
}

const MKDIR = "mkdir /dev/shm/made";

const answers = once(() =>
  ask({
    mkdir: MKDIR,
    made: "ls /dev/shm",
    status: "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status",
  }, onMkdir("SCMP_ACT_ERRNO", 13))
);

Deno.test({
  name: "linux.seccomp answers a call with an errno",
  ...needs("root", "seccomp"),
  async fn() {
    const { mkdir, made } = await answers();
    assert.match(mkdir, /Permission denied/);
    assert.equal(made, "");
  },
});

Deno.test({
  name: "linux.seccomp is a filter of the kernel",
  ...needs("root", "seccomp"),
  async fn() {
    const { status } = await answers();
    assert.match(status, /NoNewPrivs:\t1\nSeccomp:\t2/);
  },
});

Deno.test({
  name: "linux.seccomp kills with SIGSYS",
  ...needs("root", "seccomp"),
  async fn() {
    for (const action of ["SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP"]) {
      const { code } = await runOnce((config) => {
        config.process.args = ["mkdir", "/dev/shm/made"];
        onMkdir(action)(config);
      });
      assert.equal(code, 128 + 31, action);
    }
  },
});

Deno.test({
  name: "linux.seccomp lets pass what it only logs",
  ...needs("root", "seccomp", "native"),
  async fn() {
    const { made } = await ask(
      { mkdir: MKDIR, made: "ls /dev/shm" },
      (config) => {
        onMkdir("SCMP_ACT_LOG")(config);
        config.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_LOG"];
      },
    );
    assert.equal(made, "made");
  },
});

Deno.test({
  name: "linux.seccomp looks at arguments",
  ...needs("root", "seccomp", "native"),
  async fn() {
    const { low, high } = await ask(
      { low: "kill -0 1; echo $?", high: "kill -9 77777; echo $?" },
      ({ linux }) => {
        linux.seccomp = {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{
            names: ["kill"],
            action: "SCMP_ACT_ERRNO",
            errnoRet: 95,
            args: [{ index: 1, value: 9, op: "SCMP_CMP_EQ" }],
          }],
        };
      },
    );
    assert.equal(low, "0");
    assert.match(high, /Not supported|Operation not supported/);
  },
});

Deno.test({
  name: "linux.seccomp sees nothing of rkl but execve",
  ...needs("root", "seccomp"),
  async fn() {
    for (const noNewPrivileges of [true, false]) {
      const { code, stderr } = await runOnce((config) => {
        config.process.args = ["true"];
        config.process.noNewPrivileges = noNewPrivileges;
        config.process.user = { uid: 1000, gid: 1000 };
        config.linux.seccomp = {
          // What is not listed kills: exec shows as busybox being killed.
          defaultAction: "SCMP_ACT_KILL_PROCESS",
          syscalls: [{ names: ["execve"], action: "SCMP_ACT_ALLOW" }],
        };
      });
      assert.deepEqual({ code, stderr }, { code: 159, stderr: "" });
    }
  },
});

Deno.test({
  name: "without no_new_privs a filter gives a program no capability",
  ...needs("root", "seccomp"),
  async fn() {
    for (const uid of [0, 1000]) {
      const edit: Edit = (config) => {
        config.process.noNewPrivileges = false;
        config.process.user = { uid, gid: uid };
      };
      const capabilities = { caps: "grep Cap /proc/self/status" };
      const bare = await ask(capabilities, edit);
      const filtered = await ask(capabilities, (config) => {
        edit(config);
        onMkdir("SCMP_ACT_ERRNO")(config);
      });
      assert.equal(filtered.caps, bare.caps);
    }
  },
});

Deno.test({
  name: "exec has the filter of its container",
  ...needs("root", "seccomp"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box, onMkdir("SCMP_ACT_ERRNO", 13));
    const { stderr, code } = await box.rkl("exec", "it", "mkdir", "/dev/shm/a");
    assert.match(stderr, /Permission denied/);
    assert.equal(code, 1);
    await box.rkl("delete", "--force", "it");
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a filter that may not execute is told by start",
  ...needs("root", "seccomp", "native"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, ({ linux }) => {
      linux.seccomp = {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["execve"], action: "SCMP_ACT_ERRNO" }],
      };
    });
    const { code, stderr } = await box.rkl("run", "--bundle", bundle, "it");
    assert.match(stderr, /^rkl: exec "sh": .*EPERM/);
    assert.equal(code, 126);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "--dry-run tells what a filter does",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(
      `${box.directory}/bundle`,
      onMkdir("SCMP_ACT_ERRNO", 13),
    );
    const words = ["create", "--dry-run", "--bundle", bundle, "it"];
    const { stdout } = await box.rkl(...words);
    assert.match(stdout, /^seccomp: ERRNO\(13\): mkdir mkdirat$/m);
    assert.match(
      stdout,
      /^seccomp: ALLOW: all other calls of the host's own$/m,
    );
    assert.match(
      stdout,
      /\d+: seccomp\(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, .*\n\d+: execve\(/,
    );
  },
});

Deno.test({
  name: "process.apparmorProfile needs AppArmor",
  ...needs("root", "no-apparmor", "native"),
  async fn() {
    const named = await runOnce(({ process }) => {
      process.apparmorProfile = "docker-default";
    });
    assert.match(
      named.stderr,
      /^rkl: process.apparmorProfile: the kernel does not apply "docker-default", /,
    );
    assert.equal(named.code, 125);
    const unconfined = await runOnce(({ process }) => {
      process.apparmorProfile = "unconfined";
      process.args = ["true"];
    });
    assert.deepEqual(unconfined, { code: 0, stdout: "", stderr: "" });
  },
});

/** The exit codes of programs that come by each door. */
async function askDoors(edit: Edit): Promise<Record<Door, number>> {
  await using box = sandbox();
  const root = await makeRootfs(`${box.directory}/rootfs`);
  const codes: Partial<Record<Door, number>> = {};
  for (const door of ["x32", "i386"] as const) {
    await Deno.writeFile(`${root}/bin/${door}`, asksByDoor(door), {
      mode: 0o755,
    });
    const { code } = await runIn(box, (config) => {
      config.root.path = root;
      config.process.args = [`/bin/${door}`];
      edit(config);
    });
    codes[door] = code;
  }
  return codes as Record<Door, number>;
}

Deno.test({
  name: "linux.seccomp kills who comes as x32 or i386 where it lists neither",
  ...needs("root", "seccomp", "x86_64"),
  async fn() {
    const free = await askDoors(() => {});
    const codes = await askDoors(onMkdir("SCMP_ACT_ERRNO"));
    assert.equal(codes.x32, 159);
    // Without CONFIG_IA32_EMULATION the processor refuses: SIGSEGV.
    assert.equal(codes.i386, free.i386 === 139 ? 139 : 159);
  },
});

Deno.test({
  name: "linux.seccomp knows the numbers of x32 and i386 where it lists them",
  ...needs("root", "seccomp", "x86_64"),
  async fn() {
    const free = await askDoors(() => {});
    const codes = await askDoors(({ linux }) => {
      linux.seccomp = {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures: [
          "SCMP_ARCH_X86_64",
          "SCMP_ARCH_X32",
          "SCMP_ARCH_X86",
        ],
        syscalls: [
          { names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 13 },
        ],
      };
    });
    assert.equal(codes.x32, 13);
    assert.equal(codes.i386, free.i386 === 139 ? 139 : 13);
  },
});
