/**
 * That the two machines are what the tests take them for.
 *
 * @module
 */
import assert from "node:assert/strict";
import { has, needs } from "./facts.ts";

Deno.test({
  name: "the VM has what development machines lack",
  ...needs("vm"),
  fn() {
    const facts = [
      "root",
      "cgroup-v2",
      "cap-sys-resource",
      "apparmor",
      "seccomp",
      "ipv6",
      "vlan",
      "ipvlan",
    ] as const;
    assert.deepEqual(facts.filter((fact) => !has(fact)), []);
  },
});

Deno.test({
  name: "cgroup v2 hands every controller to a new cgroup",
  ...needs("cgroup-v2"),
  fn() {
    const cgroup = "/sys/fs/cgroup/rkl-machine-test";
    Deno.mkdirSync(cgroup);
    try {
      const offered = Deno.readTextFileSync(`${cgroup}/cgroup.controllers`);
      for (const name of ["cpu", "cpuset", "io", "memory", "pids"]) {
        assert.ok(offered.split(/\s/).includes(name), `${name} in ${offered}`);
      }
    } finally {
      Deno.removeSync(cgroup);
    }
  },
});

Deno.test({
  name: "a host without cgroup v2 has the controllers in v1 hierarchies",
  ...needs("cgroup-v1"),
  fn() {
    for (const name of ["cpu", "memory", "pids"] as const) {
      assert.ok(has(`cgroup-controllers:${name}`), name);
    }
  },
});

Deno.test({
  name: "root with CAP_SYS_RESOURCE raises a hard limit",
  ...needs("root", "cap-sys-resource", "tool:prlimit"),
  async fn() {
    const raise = ["prlimit", "--nofile=70:70", "sh", "-c", "ulimit -Hn"];
    const { stdout } = await new Deno.Command("prlimit", {
      args: ["--nofile=50:50", ...raise],
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "70\n");
  },
});

Deno.test({
  name: "an overlay's upper layer can be made in the temporary directory",
  ...needs("root", "tool:unshare"),
  async fn() {
    const base = await Deno.makeTempDir({ prefix: "rkl-machine-" });
    try {
      const script = `cd "$1" && mkdir upper work root && mount -t overlay \
        -o lowerdir=/etc,upperdir=upper,workdir=work overlay root &&
        echo hello > root/passwd && cat upper/passwd`;
      const { stdout, stderr } = await new Deno.Command("unshare", {
        args: ["--mount", "sh", "-ec", script, "sh", base],
      }).output();
      const text = new TextDecoder();
      assert.equal(text.decode(stdout), "hello\n", text.decode(stderr));
    } finally {
      await Deno.remove(base, { recursive: true });
    }
  },
});
