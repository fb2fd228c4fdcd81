/**
 * Options of `rkl container run` that are docker's: what the kernel and the
 * container say of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  ask,
  cgroupFile,
  failed,
  nameIn,
  proc,
  ROOTFS,
  run,
  start,
  startSleeper,
  succeeded,
} from "./container.ts";
import { has, needs } from "./facts.ts";
import { command, eventually, RKL, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

/** The namespace of a process. */
function namespace(pid: number | undefined, kind: string): string {
  return Deno.readLinkSync(`/proc/${pid}/ns/${kind}`);
}

Deno.test({
  name: "--cpu-period, --cpu-quota and --memory-swap reach the cgroup",
  ...needs("root", "cgroup-controllers:cpu", "cgroup-controllers:memory"),
  async fn() {
    await using box = sandbox();
    const flags = "--cpu-period 50000 --cpu-quota 20000 -c 512 -m 64m " +
      "--memory-swap 96m --cpuset-mems 0";
    const details = await startSleeper(box, flags.split(" "));
    const v2 = has("cgroup-v2");
    const cpu = v2
      ? cgroupFile(details, "cpu", ["", "cpu.max"])
      : ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        .map((file) => cgroupFile(details, "cpu", [file, ""])).join(" ");
    assert.equal(cpu, "20000 50000");
    const shares = cgroupFile(details, "cpu", ["cpu.shares", "cpu.weight"]);
    assert.equal(shares, v2 ? "59" : "512");
    assert.equal(
      cgroupFile(details, "memory", [
        "memory.memsw.limit_in_bytes",
        "memory.swap.max",
      ]),
      String((v2 ? 32 : 96) * 1024 * 1024),
    );
    const mems = cgroupFile(details, "cpuset", ["cpuset.mems", "cpuset.mems"]);
    assert.equal(mems, "0");
  },
});

Deno.test({
  name: "--memory-swappiness and --oom-kill-disable, which only v1 has",
  ...root,
  async fn() {
    await using box = sandbox();
    const flags = ["-m", "64m", "--memory-swappiness", "7"];
    const disable = "--oom-kill-disable";
    if (has("cgroup-v1")) {
      const details = await startSleeper(box, [...flags, disable]);
      const file = (name: string) => cgroupFile(details, "memory", [name, ""]);
      assert.equal(file("memory.swappiness"), "7");
      assert.match(file("memory.oom_control"), /^oom_kill_disable 1$/m);
      return;
    }
    for (const given of [flags, ["-m", "64m", disable]]) {
      const words = [...given, ROOTFS, "true"];
      const result = await box.rkl("container", "run", "--rm", ...words);
      const flag = given.findLast((word) => word.startsWith("--"));
      failed(result, 125, new RegExp(`^rkl: ${flag}: cannot set memory\\.`));
    }
  },
});

Deno.test({
  name: "limits of block devices reach the cgroup; what fails names its flag",
  ...needs("root", "cgroup-controllers:blkio", "cgroup-v1", "file:/dev/loop0"),
  async fn() {
    await using box = sandbox();
    const flags = [
      ...["--device-read-bps", "/dev/loop0:1mb"],
      ...["--device-write-bps", "/dev/loop0:2mb"],
      ...["--device-read-iops", "/dev/loop0:300"],
      ...["--device-write-iops", "/dev/loop0:400"],
    ];
    const details = await startSleeper(box, flags);
    const rate = (name: string) =>
      cgroupFile(details, "blkio", [`blkio.throttle.${name}_device`, ""]);
    assert.deepEqual(
      ["read_bps", "write_bps", "read_iops", "write_iops"].map(rate),
      ["7:0 1048576", "7:0 2097152", "7:0 300", "7:0 400"],
    );
    const words = ["--device-read-bps", "/dev/null:1mb", ROOTFS, "true"];
    failed(
      await box.rkl("container", "run", ...words),
      125,
      "blockIO: /dev/null is no block device",
    );
    const cpus = ["--cpuset-cpus", "4000", ROOTFS, "true"];
    const refused = await box.rkl("container", "run", "--rm", ...cpus);
    failed(refused, 125, /^rkl: --cpuset-cpus: cannot set cpus to 4000 in /);
  },
});

Deno.test({
  name: "--device gives a device under a name, with what it may be used for",
  ...native,
  async fn() {
    await using box = sandbox();
    const directory = `${box.directory}/devices`;
    await Deno.mkdir(`${directory}/deep`, { recursive: true });
    // numbers without a driver: whoever may open them is told ENXIO
    for (const [name, minor] of [["full", 7], ["deep/a", 12], ["b", 14]]) {
      const words = [`${directory}/${name}`, "c", "1", String(minor)];
      succeeded(await command("mknod", ["-m", "640", ...words]));
    }
    await Deno.symlink("full", `${directory}/link`);
    const flags = [
      ...["--device", directory, "--device", `${directory}/b:/dev/own/b:r`],
      ...["--device-cgroup-rule", "c 1:15 w"],
    ];
    const open = (path: string) => `(: < ${path}); (: >> ${path})`;
    const answers = await ask(box, [...flags, ROOTFS], {
      listed: `cd ${directory} && find . ! -type d | sort`,
      node: "stat -c '%F %t:%T %a' /dev/own/b",
      all: open(`${directory}/deep/a`),
      read: open("/dev/own/b"),
      rule: `mknod /rule c 1 15; ${open("/rule")}`,
      none: `mknod /none c 1 16; ${open("/none")}`,
    });
    assert.equal(answers.listed, "./b\n./deep/a\n./full");
    assert.equal(answers.node, "character special file 1:e 640");
    const outcome = (answer: string) =>
      answer.split("\n").map((line) => line.split(": ").at(-1));
    const [NONE, DENIED] = [
      "No such device or address",
      "Operation not permitted",
    ];
    assert.deepEqual(outcome(answers.all), [NONE, NONE]);
    // b is in the directory too, and there with all rights
    assert.deepEqual(outcome(answers.read), [NONE, NONE]);
    assert.deepEqual(outcome(answers.rule), [DENIED, NONE]);
    assert.deepEqual(outcome(answers.none), [DENIED, DENIED]);

    const one = ["--device", `${directory}/b:/b:r`];
    const { read } = await ask(box, [...one, ROOTFS], { read: open("/b") });
    assert.deepEqual(outcome(read), [NONE, DENIED]);
    const run = (device: string) =>
      box.rkl("container", "run", "--device", device, ROOTFS, "true");
    failed(
      await run("/etc/passwd"),
      125,
      /^rkl: devices: \/etc\/passwd is no device; use mounts/,
    );
    failed(
      await run("/dev/none"),
      125,
      "devices: /dev/none does not exist on the host",
    );
  },
});

Deno.test({
  name: "no device is made in a /dev of the host, whatever the caller's umask",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const dev = `${box.directory}/dev`;
    Deno.mkdirSync(dev);
    const bound = ["-v", `${dev}:/dev/`, "--device", "/dev/null:/dev/modem"];
    succeeded(await box.rkl(...run(...bound, ROOTFS, "true")));
    assert.deepEqual([...Deno.readDirSync(dev)], []);
    const flags = ["-u", "1000", "-w", "/app/it", "-v", "data:/srv/a/b"];
    const made = `${box.directory}/made`;
    const words = run(...flags, "-v", `${made}:/made`, ROOTFS, "ls", "/srv/a");
    const masked = ["-c", 'umask 077; exec "$@"', "sh", RKL, ...box.roots];
    const { stdout, stderr } = await command("sh", [...masked, ...words]);
    assert.deepEqual([stdout, stderr], ["b\n", ""]);
    assert.equal(Deno.statSync(made).mode! & 0o777, 0o755);
  },
});

Deno.test({
  name: "--shm-size, --ipc none and --cgroupns host",
  ...root,
  async fn() {
    await using box = sandbox();
    const questions = {
      shm: "df /dev/shm | awk 'NR == 2 { print $2 }'",
      there: "ls -d /dev/shm",
      cgroup: "readlink /proc/self/ns/cgroup",
    };
    const [plain, sized, none] = await Promise.all([
      ask(box, [ROOTFS], questions),
      ask(box, ["--shm-size", "2m", "--cgroupns=host", ROOTFS], questions),
      ask(box, ["--ipc", "none", ROOTFS], questions),
    ]);
    assert.equal(plain.shm, "65536");
    assert.equal(sized.shm, "2048");
    assert.match(none.there, /No such file/);
    const own = namespace(Deno.pid, "cgroup");
    assert.equal(sized.cgroup, own);
    assert.notEqual(plain.cgroup, own);
  },
});

Deno.test({
  name: "--pid and --ipc container:NAME join those of a running container",
  ...root,
  async fn() {
    await using box = sandbox();
    const [donor, keeper] = [nameIn(box, "donor"), nameIn(box, "keeper")];
    const script = "echo shared > /dev/shm/file; exec sleep 1000";
    const [{ pid }] = await Promise.all([
      start(box, [
        ...["--name", donor, "--ipc", "shareable", ROOTFS],
        ...["sh", "-c", script],
      ]),
      startSleeper(box, [], keeper),
    ]);
    const sleeps = () => proc(pid, "comm") === "sleep\n";
    await eventually("its shell is done", sleeps);
    const flags = [`--pid=container:${donor}`, `--ipc=container:${donor}`];
    const answers = await ask(box, [...flags, ROOTFS], {
      pid: "readlink /proc/self/ns/pid",
      ipc: "readlink /proc/self/ns/ipc",
      first: "cat /proc/1/cmdline | tr '\\0' ' '",
      file: "cat /dev/shm/file; echo back > /dev/shm/answer",
    });
    assert.equal(answers.pid, namespace(pid, "pid"));
    assert.equal(answers.ipc, namespace(pid, "ipc"));
    assert.equal(answers.first, "sleep 1000");
    assert.equal(answers.file, "shared");
    const read = ["exec", donor, "cat", "/dev/shm/answer"];
    assert.equal(succeeded(await box.rkl("container", ...read)), "back\n");

    const run = (...flags: string[]) =>
      box.rkl("container", "run", "--rm", ...flags, ROOTFS, "true");
    failed(
      await run(`--ipc=container:${keeper}`),
      125,
      `container "${keeper}" does not share its IPC objects; it would, ` +
        "created with --ipc shareable",
    );
    succeeded(await box.rkl("container", "kill", donor));
    succeeded(
      await box.rkl("container", "wait", donor).then((result) => ({
        ...result,
        stdout: "",
      })),
    );
    failed(
      await run(`--pid=container:${donor}`),
      125,
      /share the processes of/,
    );
    failed(await run("--ipc=container:none"), 125, /container "none" does not/);
  },
});

Deno.test({
  name: "a file says what flags do: user, groups, devices, limits, removal",
  ...needs("root", "cgroup-controllers:memory"),
  async fn() {
    await using box = sandbox();
    const file = `${box.directory}/c.yaml`;
    await Deno.writeTextFile(
      file,
      `image: ${ROOTFS}
args: [sh, -c, "id -u; id -G; ls /dev/x; df /dev/shm; head -1 /proc/1/comm"]
user: nobody
groups: [daemon, 77]
devices: ["/dev/null:/dev/x/t:rw"]
shmSize: 1Mi
init: true
autoRemove: true
resources: { limits: { memory: 64Mi } }
memorySwap: -1
`,
    );
    const told = succeeded(await box.rkl("container", "run", file));
    const [user, groups, device, , shm, first] = told.split("\n");
    assert.deepEqual([user, device, first], ["65534", "t", "rkl-init"]);
    assert.deepEqual(groups!.split(" ").toSorted(), ["1", "65534", "77"]);
    assert.match(shm!, /^shm +1024 /);
    assert.equal(succeeded(await box.rkl("container", "list", "-aq")), "");
  },
});

Deno.test({
  name: "-h is --hostname, --net and --net-alias docker's old words",
  ...native,
  async fn() {
    await using box = sandbox();
    const words = ["-h", "pilot", "--net", "none", ROOTFS, "hostname"];
    const result = await box.rkl("container", "run", "--rm", ...words);
    assert.equal(succeeded(result), "pilot\n");
    const alias = ["--net=none", "--net-alias", "a", ROOTFS, "true"];
    const refused = await box.rkl("container", "run", ...alias);
    failed(refused, 125, /--network-alias is for a container on a network/);
  },
});
