/**
 * Limits as the kernel's files tell them, on cgroup v1 and v2.
 *
 * @module
 */
import assert from "node:assert/strict";
import { has, needs } from "./facts.ts";
import {
  assertNothingLeft,
  cgroupPath,
  cgroupsOf,
  runIn,
  startSleeper,
  without,
} from "./oci.ts";
import { eventually, exists, type Sandbox, sandbox } from "./rkl.ts";

/** A file of a container's cgroup: its name in v2, or a controller's in v1. */
function readFile(
  box: Sandbox,
  { v1, v2 }: { v1: [controller: string, file: string]; v2: string },
): string {
  const path = has("cgroup-v2")
    ? `/sys/fs/cgroup${cgroupPath(box)}/${v2}`
    : `/sys/fs/cgroup/${v1[0]}${cgroupPath(box)}/${v1[1]}`;
  return Deno.readTextFileSync(path).trim();
}

Deno.test({
  name: "limits of processor, memory and processes are in the kernel's files",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box, (config) => {
      Object.assign(config.linux.resources, {
        cpu: { shares: 2048, quota: 50_000, period: 100_000 },
        memory: { limit: 64 << 20, reservation: 32 << 20 },
        pids: { limit: 77 },
      });
    });
    const read = (controller: string, file: string, v2: string) =>
      readFile(box, { v1: [controller, file], v2 });
    assert.equal(read("pids", "pids.max", "pids.max"), "77");
    const limit = read("memory", "memory.limit_in_bytes", "memory.max");
    assert.equal(limit, String(64 << 20));
    const low = read("memory", "memory.soft_limit_in_bytes", "memory.low");
    assert.equal(low, String(32 << 20));
    if (has("cgroup-v2")) {
      assert.equal(read("", "", "cpu.max"), "50000 100000");
      const weight = Number(read("", "", "cpu.weight"));
      assert(weight > 50 && weight < 250, `weight ${weight}`);
    } else {
      assert.equal(read("cpu", "cpu.cfs_quota_us", ""), "50000");
      assert.equal(read("cpu", "cpu.cfs_period_us", ""), "100000");
      assert.equal(read("cpu", "cpu.shares", ""), "2048");
    }
  },
});

Deno.test({
  name: "a container's processors are those of cpuset",
  ...needs("root", "cgroup-controllers:cpuset"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box, (config) => {
      config.linux.resources.cpu = { cpus: "0", mems: "0" };
    });
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    assert.match(status, /^Cpus_allowed_list:\t0$/m);
  },
});

Deno.test({
  name: "memory swap limits memory and swap together",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box, (config) => {
      config.linux.resources.memory = { limit: 64 << 20, swap: 96 << 20 };
    });
    const v1 = ["memory", "memory.memsw.limit_in_bytes"] as [string, string];
    const read = readFile(box, { v1, v2: "memory.swap.max" });
    assert.equal(read, String((has("cgroup-v2") ? 32 : 96) << 20));
  },
});

Deno.test({
  name: "the pids limit is enforced",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { stderr } = await runIn(box, (config) => {
      config.linux.resources.pids = { limit: 3 };
      config.process.args = [
        "sh",
        "-c",
        "sleep 100 & sleep 100 & sleep 100 & sleep 100 & true",
      ];
    });
    assert.match(stderr, /can't fork: Resource temporarily unavailable/);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "the memory limit is enforced: exit code 137",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { code } = await runIn(box, (config) => {
      config.linux.resources.memory = { limit: 16 << 20, swap: 16 << 20 };
      config.mounts.push({ destination: "/tmp", type: "tmpfs" });
      // What is in a tmpfs is memory of whoever wrote it.
      config.process.args = ["dd", "if=/dev/zero", "of=/tmp/x", "bs=1M"];
    });
    assert.equal(code, 137);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "devices that no rule allows are denied",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { stdout } = await runIn(box, (config) => {
      config.mounts.push({ destination: "/tmp", type: "tmpfs" });
      const caps = config.process.capabilities;
      for (const set of ["bounding", "effective", "permitted"]) {
        caps[set].push("CAP_MKNOD", "CAP_SYSLOG");
      }
      config.linux.resources.devices = [
        { allow: false, access: "rwm" },
        { allow: true, type: "c", major: 1, minor: 11, access: "w" },
      ];
      config.linux.devices = [
        { path: "/dev/kmsg", type: "c", major: 1, minor: 11 },
        { path: "/dev/mem", type: "c", major: 1, minor: 1 },
      ];
      config.process.args = [
        "sh",
        "-c",
        `try() { "$@" > /dev/null 2>&1 && echo yes || echo no; }
         try head -c 1 /dev/zero       # a default device
         try head -c 1 /dev/mem        # no rule allows it
         try sh -c ': >> /dev/kmsg'    # allowed to be written
         try sh -c ': < /dev/kmsg'     # and not to be read
         try mknod /tmp/loop b 7 0     # anything may be made
         try head -c 1 /tmp/loop       # and not be used`,
      ];
    });
    assert.equal(stdout, "yes\nno\nyes\nno\nyes\nno\n");
  },
});

Deno.test({
  name: "pause stops every process until resume, and kill gets through",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box, (config) => {
      config.mounts.push({ destination: "/tmp", type: "tmpfs" });
      config.process.args = [
        "sh",
        "-c",
        "while :; do echo x >> /tmp/beats; usleep 1000; done",
      ];
    });
    const beats = () => {
      try {
        return Deno.statSync(`/proc/${pid}/root/tmp/beats`).size;
      } catch {
        return 0;
      }
    };
    const pause = (milliseconds: number) =>
      new Promise((done) => setTimeout(done, milliseconds));
    await eventually("it beats", () => beats() > 0);
    assert.equal((await box.rkl("pause", "it")).stderr, "");
    const before = beats();
    await pause(200);
    assert.equal(beats(), before);
    const { stdout } = await box.rkl("state", "it");
    assert.equal(JSON.parse(stdout).status, "paused");
    const again = await box.rkl("pause", "it");
    assert.match(again.stderr, /^rkl: cannot pause .*: it is paused; /);

    assert.equal((await box.rkl("resume", "it")).stderr, "");
    await eventually("it beats again", () => beats() > before);

    await box.rkl("pause", "it");
    assert.equal((await box.rkl("kill", "it", "KILL")).stderr, "");
    assert.equal((await box.rkl("delete", "--force", "it")).stderr, "");
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "delete removes cgroups that the container made below its own",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box, (config) => {
      config.mounts.find(
        ({ type }: { type: string }) => type === "cgroup",
      ).options = ["rw"];
      config.process.args = [
        "sh",
        "-c",
        `for d in /sys/fs/cgroup /sys/fs/cgroup/*; do
           [ -f $d/cgroup.procs ] && mkdir -p $d/a/b $d/c
         done
         sleep 1000 & sleep 1000 &
         for d in /sys/fs/cgroup /sys/fs/cgroup/pids; do
           [ ! -f $d/a/b/cgroup.procs ] || echo $! > $d/a/b/cgroup.procs
         done
         wait`,
      ];
    });
    const dirs = cgroupsOf(box);
    assert(dirs.length > 0);
    await eventually(
      "a process is in one of them",
      () =>
        dirs.some((dir) =>
          exists(`${dir}/a/b`) &&
          Deno.readTextFileSync(`${dir}/a/b/cgroup.procs`) !== ""
        ),
    );
    const { stdout } = await box.rkl("ps", "--format", "json", "it");
    const pids: number[] = JSON.parse(stdout);
    assert.equal(pids.length, 3);
    assert.equal((await box.rkl("delete", "-f", "it")).stderr, "");
    assertNothingLeft(box);
    await eventually(
      "no process is left",
      () => pids.every((pid) => !exists(`/proc/${pid}`)),
    );
  },
});

Deno.test({
  name:
    "what init leaves running is killed by run's end, without a pid namespace",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { code, stdout, stderr } = await runIn(box, (config) => {
      config.linux.namespaces = without(config.linux.namespaces, "pid");
      config.process.args = [
        "sh",
        "-c",
        "sleep 1000 > /dev/null 2>&1 & echo $!",
      ];
    });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const pid = Number(stdout);
    await eventually("it is gone", () => !exists(`/proc/${pid}`));
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a limit that cannot be is refused with file and value",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { code, stderr } = await runIn(box, (config) => {
      config.linux.resources.cpu = { cpus: "4000" };
    });
    assert.match(stderr, /^rkl: cannot set .* to 4000 in .*cpuset.cpus: .*\n$/);
    assert.equal(code, 125);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a limit of a controller that the host lacks is refused by name",
  ...needs("root", "cgroup-v1"),
  async fn() {
    await using box = sandbox();
    const { code, stderr } = await runIn(box, (config) => {
      config.linux.resources.unified = { "memory.high": "100000000" };
    });
    assert.match(
      stderr,
      /^rkl: cannot set unified\["memory.high"\] to 100000000: it needs v2's controller memory, and this host has cgroup v2 with /,
    );
    assert.equal(code, 125);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "unified sets files of v2",
  ...needs("root", "cgroup-v2"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box, (config) => {
      config.linux.resources.unified = { "memory.high": "104857600" };
    });
    const file = `/sys/fs/cgroup${cgroupPath(box)}/memory.high`;
    assert.equal(Deno.readTextFileSync(file), "104857600\n");
  },
});

Deno.test({
  name: "a cgroup path that leads out is refused",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const run = (path: string) =>
      runIn(box, (config) => void (config.linux.cgroupsPath = path));
    const [out, systemd] = [
      await run("/rkl/../../x"),
      await run("system.slice:rkl:x"),
    ];
    assert.match(
      out.stderr,
      /linux.cgroupsPath: expected a path without "\.\."/,
    );
    assert.match(systemd.stderr, /^rkl: .* systemd's notation, .*\n$/);
    assert.deepEqual([out.code, systemd.code], [125, 125]);
  },
});
