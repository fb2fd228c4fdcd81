/**
 * `process` of config.json, as the kernel shows it from inside.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { ask, once, runOnce, statusLine } from "./oci.ts";

/** One container with everything unusual; the tests look at its parts. */
const unusual = once(() =>
  ask({
    status: "cat /proc/self/status",
    umask: "umask",
    file: "touch /tmp/file; stat -c %a /tmp/file",
    limits: "cat /proc/self/limits",
    oom: "cat /proc/self/oom_score_adj",
    env: "cat /proc/1/environ | tr '\\0' '\\n'",
    cwd: "pwd; stat -c %a /var/made/for/it",
    session: "cut -d' ' -f4-7 /proc/1/stat",
    names: "hostname; cat /proc/sys/kernel/domainname",
    sysctl: "cat /proc/sys/net/ipv4/ip_unprivileged_port_start " +
      "/proc/sys/net/ipv4/conf/lo/forwarding /proc/sys/kernel/shmmni",
    lo: "ip link show lo; ping -c 1 -W 5 127.0.0.1 | tail -3",
  }, (config) => {
    const { process } = config;
    process.user = {
      uid: 1000,
      gid: 1001,
      umask: 0o27,
      additionalGids: [7, 65534],
    };
    process.rlimits = [
      { type: "RLIMIT_NOFILE", soft: 70, hard: 80 },
      { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      { type: "RLIMIT_STACK", soft: 2 ** 20, hard: 2 ** 63 },
    ];
    process.oomScoreAdj = 500;
    process.env.push("A=b=c", "EMPTY=", "SPACE=x  y");
    process.cwd = "/var/made/for/it";
    process.noNewPrivileges = true;
    process.capabilities = {
      bounding: ["CAP_KILL", "CAP_NET_RAW", "CAP_CHOWN"],
      permitted: ["CAP_KILL", "CAP_NET_RAW"],
      effective: ["CAP_KILL"],
      inheritable: ["CAP_KILL", "CAP_NET_RAW"],
      ambient: ["CAP_KILL"],
    };
    config.hostname = "somewhere";
    config.domainname = "example.org";
    config.mounts.push(
      { destination: "/tmp", type: "tmpfs" },
      { destination: "/var", type: "tmpfs", options: ["mode=755"] },
    );
    config.linux.sysctl = {
      "net.ipv4.ip_unprivileged_port_start": "79",
      "net/ipv4/conf/lo/forwarding": "1",
      "kernel.shmmni": "123",
    };
  })
);

Deno.test({
  name: "user, group and additional groups are those of the config",
  ...needs("root"),
  async fn() {
    const { status } = await unusual();
    assert.equal(statusLine(status, "Uid"), "1000\t1000\t1000\t1000");
    assert.equal(statusLine(status, "Gid"), "1001\t1001\t1001\t1001");
    assert.equal(statusLine(status, "Groups"), "7 65534");
  },
});

Deno.test({
  name: "the umask holds for the process's files",
  ...needs("root"),
  async fn() {
    const { umask, file } = await unusual();
    assert.equal(umask, "0027");
    assert.equal(file, "640");
  },
});

Deno.test({
  name: "limits are set, soft and hard",
  ...needs("root"),
  async fn() {
    const { limits } = await unusual();
    assert.match(limits, /^Max open files +70 +80 /m);
    assert.match(limits, /^Max core file size +0 +0 /m);
    assert.match(limits, /^Max stack size +1048576 +9223372036854775808 /m);
  },
});

Deno.test({
  name: "the oom killer knows the process's score",
  ...needs("root"),
  async fn() {
    assert.equal((await unusual()).oom, "500");
  },
});

Deno.test({
  name: "the environment is the config's, exactly",
  ...needs("root"),
  async fn() {
    assert.deepEqual((await unusual()).env.split("\n"), [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "TERM=xterm",
      "A=b=c",
      "EMPTY=",
      "SPACE=x  y",
    ]);
  },
});

Deno.test({
  name: "a working directory that is missing is made",
  ...needs("root"),
  async fn() {
    assert.equal((await unusual()).cwd, "/var/made/for/it\n755");
  },
});

Deno.test({
  name: "the process leads a session of its own, without a terminal",
  ...needs("root"),
  async fn() {
    assert.equal((await unusual()).session, "0 1 1 0"); // ppid pgrp sid tty
  },
});

Deno.test({
  name: "hostname and domainname are the container's",
  ...needs("root"),
  async fn() {
    assert.equal((await unusual()).names, "somewhere\nexample.org");
    assert.notEqual(Deno.hostname(), "somewhere");
  },
});

Deno.test({
  name: "sysctls are set, with dots or slashes, in its namespaces only",
  ...needs("root"),
  async fn() {
    assert.equal((await unusual()).sysctl, "79\n1\n123");
    const host = Deno.readTextFileSync("/proc/sys/kernel/shmmni");
    assert.notEqual(host, "123\n");
  },
});

Deno.test({
  name: "the loopback of a new network namespace is up",
  ...needs("root"),
  async fn() {
    assert.match((await unusual()).lo, /<LOOPBACK,UP/);
  },
});

Deno.test({
  name: "each of the five capability sets is what was asked for",
  ...needs("root"),
  async fn() {
    const [KILL, NET_RAW, CHOWN] = [1n << 5n, 1n << 13n, 1n];
    const { status } = await unusual();
    const set = (name: string) => BigInt(`0x${statusLine(status, name)}`);
    assert.equal(set("CapBnd"), KILL | NET_RAW | CHOWN);
    assert.equal(set("CapInh"), KILL | NET_RAW);
    assert.equal(set("CapAmb"), KILL);
    // Exec as a user keeps of permitted and effective what is ambient.
    assert.equal(set("CapPrm"), KILL);
    assert.equal(set("CapEff"), KILL);
  },
});

Deno.test({
  name: "no_new_privs is set where it is asked for, and only there",
  ...needs("root"),
  async fn() {
    assert.equal(statusLine((await unusual()).status, "NoNewPrivs"), "1");
    const { status } = await ask({ status: "cat /proc/self/status" }, (c) => {
      c.process.noNewPrivileges = false;
      delete c.process.capabilities;
    });
    assert.equal(statusLine(status, "NoNewPrivs"), "0");
    assert.equal(BigInt(`0x${statusLine(status, "CapEff")}`), 0n);
    assert.equal(BigInt(`0x${statusLine(status, "CapBnd")}`), 0n);
  },
});

Deno.test({
  name: "signals are as a new process has them: none ignored, none blocked",
  ...needs("root"),
  async fn() {
    const { status } = await unusual();
    // Above 31 are those that a C library keeps for itself.
    for (const name of ["SigBlk", "SigIgn"]) {
      const set = BigInt(`0x${statusLine(status, name)}`);
      assert.equal(BigInt.asUintN(31, set), 0n, name);
    }
  },
});

Deno.test({
  name: "an unknown capability is left out with a warning",
  ...needs("root", "native"),
  async fn() {
    const { code, stderr } = await runOnce((config) => {
      config.process.args = ["true"];
      config.process.capabilities.bounding.push("CAP_FUTURE");
    });
    assert.equal(
      stderr,
      "rkl: warning: process.capabilities.bounding: the kernel has no " +
        'capability "CAP_FUTURE"; it is left out\n',
    );
    assert.equal(code, 0);
  },
});

Deno.test({
  name: "a hard limit above rkl's own is raised",
  ...needs("root", "cap-sys-resource"),
  async fn() {
    const { limits } = await ask({ limits: "ulimit -Hn" }, (config) => {
      const [soft, hard] = [100, 1_000_000];
      config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft, hard }];
    });
    assert.equal(limits, "1000000");
  },
});
