/**
 * `--dry-run`: the plan in the words of strace, and nothing done.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { assertNothingLeft, cgroupPath, once } from "./oci.ts";
import { exists, makeBundle, sandbox } from "./rkl.ts";

/** The plan for a container that asks for much. */
const plan = once(async () => {
  await using box = sandbox();
  const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
    config.linux.cgroupsPath = cgroupPath(box);
    config.linux.resources.pids = { limit: 9 };
    config.linux.sysctl = {
      "net.ipv4.ip_forward": "1",
      "net.ipv4.conf.eth0/7.forwarding": "1",
    };
    config.process.args = ["nowhere", "to be found"];
    config.mounts.push({ destination: "/data", source: "/etc", type: "bind" });
  });
  const [create, run] = await Promise.all([
    box.rkl("create", "--dry-run", "--bundle", bundle, "it"),
    box.rkl("run", "--dry-run", "--bundle", bundle, "it"),
  ]);
  assert(!exists(`${box.directory}/root`), "a state directory was made");
  assertNothingLeft(box);
  return { create, run };
});

Deno.test({
  name: "--dry-run prints a plan and does nothing of it",
  ...needs("root", "native"),
  async fn() {
    const { create, run } = await plan();
    for (const { code, stderr, stdout } of [create, run]) {
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      assert(stdout.split("\n").length > 50);
    }
  },
});

Deno.test({
  name: "the plan begins with the cgroup, then clones, then is init's calls",
  ...needs("root", "native"),
  async fn() {
    const lines = (await plan()).create.stdout.trimEnd().split("\n");
    const clone = lines.findIndex((line) => line.startsWith("clone3({flags="));
    assert(clone > 0);
    assert.match(
      lines[clone]!,
      /CLONE_NEWPID\|CLONE_NEWNET\|CLONE_NEWIPC\|CLONE_NEWUTS\|CLONE_NEWNS/,
    );
    for (const line of lines.slice(0, clone)) {
      assert.match(line, /^(mkdir|write|bpf|copy)\b/);
    }
    assert(
      lines.some((line) => /^write\("\/.*pids.max", "9"\)$/.test(line)),
      "the pids limit",
    );
    const rows = lines.slice(clone + 1);
    rows.forEach((line, index) => assert(line.startsWith(`${index}: `), line));
  },
});

Deno.test({
  name: "the plan has each step in strace's words",
  ...needs("root", "native"),
  async fn() {
    const { stdout } = (await plan()).create;
    for (
      const call of [
        /sethostname\("rkl", 3\)/,
        /mount\(.*MS_REC\|MS_SLAVE/,
        /openat\(AT_FDCWD, "\/proc\/sys\/net\/ipv4\/ip_forward", O_WRONLY/,
        /"\/proc\/sys\/net\/ipv4\/conf\/eth0\.7\/forwarding"/,
        /open_tree\(AT_FDCWD, "\/etc", OPEN_TREE_CLONE/,
        /mknodat\(.*"null", 020666, makedev\(1, 3\)\)/,
        /pivot_root\("\.", "\."\)/,
        /prlimit64\(0, RLIMIT_NOFILE, /,
        /prctl\(PR_SET_NO_NEW_PRIVS, 1, /,
        /faccessat\(AT_FDCWD, "\/bin\/nowhere", X_OK\)/,
        /execve\(/,
      ]
    ) assert.match(stdout, call);
  },
});

Deno.test({
  name: "--dry-run tells mistakes as create would",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.linux.mountLabel = "a:b:c";
    });
    const words = ["create", "--dry-run", "--bundle", bundle, "it"];
    const { code, stdout, stderr } = await box.rkl(...words);
    assert.match(stderr, /^rkl: linux.mountLabel is not supported: /);
    assert.deepEqual({ code, stdout }, { code: 125, stdout: "" });
  },
});
