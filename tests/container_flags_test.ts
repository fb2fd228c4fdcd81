/**
 * Flags of `rkl container run`: what they ask for is what the kernel did.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  ask,
  cgroupFile,
  nameIn,
  ROOTFS,
  start,
  statusOf,
  succeeded,
} from "./container.ts";
import { has, needs } from "./facts.ts";
import { command, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

Deno.test({
  name: "--volume, --mount and --tmpfs mount what they say",
  ...root,
  async fn() {
    await using box = sandbox();
    await Deno.writeTextFile(`${box.directory}/file`, "on the host\n");
    const flags = [
      ["-v", "./:/here:ro"],
      ["-v", `${box.directory}/file:/etc/one`],
      ["--mount", `type=bind,src=${box.directory},dst=/deep/er,readonly`],
      ["--mount", "type=tmpfs,target=/small,tmpfs-size=4096,tmpfs-mode=700"],
      ["--tmpfs", "/tmp:size=1m,exec"],
    ].flat();
    const answers = await (async () => {
      const words = ["run", "--rm", ...flags, ROOTFS, "sh", "-c"];
      const script = `cat /here/file /etc/one /deep/er/file
        touch /here/x 2>&1; touch /deep/er/x 2>&1; echo more >> /etc/one
        stat -c %a /small; dd if=/dev/zero of=/small/x bs=8192 count=1 2>&1
        grep ' /tmp ' /proc/mounts`;
      return succeeded(
        await box.run(["container", ...words, script], { cwd: box.directory }),
      ).split("\n");
    })();
    assert.deepEqual(answers.slice(0, 7), [
      ...Array(3).fill("on the host"),
      "touch: /here/x: Read-only file system",
      "touch: /deep/er/x: Read-only file system",
      "700",
      "dd: error writing '/small/x': No space left on device",
    ]);
    assert.match(
      answers.at(-2)!,
      /^tmpfs \/tmp tmpfs rw,nosuid,nodev,.*size=1024k/,
    );
    assert.ok(!answers.at(-2)!.includes("noexec"));
    const text = await Deno.readTextFile(`${box.directory}/file`);
    assert.equal(text, "on the host\nmore\n");
  },
});

Deno.test({
  name: "--user looks names up in the image; --group-add too",
  ...native,
  async fn() {
    await using box = sandbox();
    const questions = { id: "id -u; id -g; id -G; echo $HOME" };
    const [named, mixed] = await Promise.all([
      ask(box, ["-u", "nobody", ROOTFS], questions),
      ask(box, ["-u", "5:nogroup", "--group-add", "daemon", ROOTFS], questions),
    ]);
    assert.equal(named.id, "65534\n65534\n65534\n/");
    assert.deepEqual(mixed.id.split("\n").slice(0, 2), ["5", "65534"]);
    assert.ok(mixed.id.split("\n")[2]!.split(" ").includes("1"));
  },
});

Deno.test({
  name: "--env-file, --env over it, and --env KEY from rkl's own environment",
  ...native,
  async fn() {
    await using box = sandbox();
    const file = `${box.directory}/env`;
    await Deno.writeTextFile(
      file,
      "# comment\nA=from file\nB=two # words\nHOST\n",
    );
    const words = ["--env-file", file, "-e", "A=flag", "-e", "HOST_B"];
    const script = `echo "$A|$B|$HOST|$HOST_B|"`;
    const result = await box.run(
      ["container", "run", "--rm", ...words, ROOTFS, "sh", "-c", script],
      { env: { HOST: "x", HOST_B: "y" } },
    );
    assert.equal(succeeded(result), "flag|two # words|x|y|\n");
  },
});

Deno.test({
  name:
    "capabilities: docker's by default, --cap-add, --cap-drop, --privileged",
  ...root,
  async fn() {
    await using box = sandbox();
    const caps = async (...flags: string[]) => {
      const sets = "sed -n 's/^Cap...:\\t//p' /proc/self/status";
      const words = ["run", "--rm", ...flags, ROOTFS, "sh", "-c", sets];
      const { stdout } = await box.rkl("container", ...words);
      const [inheritable, permitted, effective, bounding, ambient] = stdout
        .split("\n").map((mask) => parseInt(mask, 16));
      assert.deepEqual([inheritable, ambient], [0, 0]);
      assert.deepEqual([permitted, effective], [bounding, bounding]);
      return bounding;
    };
    const [plain, changed, none, privileged] = await Promise.all([
      caps(),
      caps("--cap-add", "sys_admin", "--cap-drop", "CAP_CHOWN"),
      caps("--cap-drop", "ALL"),
      caps("--privileged"),
    ]);
    const DOCKERS = 0xa80425fb;
    assert.equal(plain, DOCKERS);
    assert.equal(changed, DOCKERS - 1 + (1 << 21));
    assert.equal(none, 0);
    const own = statusOf(Deno.pid, "CapBnd");
    assert.equal(privileged, parseInt(own, 16));
  },
});

Deno.test({
  name: "--privileged: nothing masked, devices of the host can be opened",
  ...root,
  async fn() {
    await using box = sandbox();
    const questions = {
      device: "mknod /kmsg c 1 11; (: < /kmsg) && echo opened",
      sysctl: "touch /proc/sys/kernel/domainname && echo writable",
      mounts: "grep -c ' /proc/' /proc/mounts",
      nodes: "find /dev ! -type d ! -type l ! -path '/dev/pts/*' | sort",
    };
    const [plain, privileged] = await Promise.all([
      ask(box, [ROOTFS], questions),
      ask(box, ["--privileged", ROOTFS], questions),
    ]);
    assert.match(plain.device, /Operation not permitted/);
    assert.match(plain.sysctl, /Read-only file system/);
    assert.ok(Number(plain.mounts) > 0);
    assert.equal(privileged.device, "opened");
    assert.equal(privileged.sysctl, "writable");
    assert.equal(privileged.mounts, "0");
    const own = ["full", "null", "random", "tty", "urandom", "zero"];
    assert.equal(plain.nodes, own.map((name) => `/dev/${name}`).join("\n"));
    const host = await command("find", [
      ..."/dev -type b -o -type c ! -name console ! -name ptmx".split(" "),
      ..."! -path /dev/pts/*".split(" "),
    ]);
    const names = host.stdout.split("\n").filter(Boolean).toSorted();
    assert.equal(privileged.nodes, names.join("\n"));
  },
});

Deno.test({
  name: "limits by flags: memory, reservation, shares, cpuset, pids",
  ...needs("root", "cgroup-controllers:cpuset", "cgroup-controllers:memory"),
  async fn() {
    await using box = sandbox();
    const flags = "-m 64m --memory-reservation 32Mi --cpu-shares 512 " +
      "--cpuset-cpus 0 --pids-limit 77";
    const name = ["--name", nameIn(box)];
    const words = [...name, ...flags.split(" "), ROOTFS, "sleep", "1000"];
    const details = await start(box, words);
    const read = (controller: string, v1: string, v2: string) =>
      cgroupFile(details, controller, [v1, v2]);
    assert.equal(
      read("memory", "memory.limit_in_bytes", "memory.max"),
      "67108864",
    );
    assert.equal(
      read("memory", "memory.soft_limit_in_bytes", "memory.low"),
      "33554432",
    );
    assert.equal(read("cpuset", "cpuset.cpus", "cpuset.cpus"), "0");
    assert.equal(read("pids", "pids.max", "pids.max"), "77");
    const shares = read("cpu", "cpu.shares", "cpu.weight");
    // runc's conversion, by which 1024 shares are a weight of 100
    assert.equal(shares, has("cgroup-v2") ? "59" : "512");
    assert.equal(statusOf(details.pid, "Cpus_allowed_list"), "0");
  },
});

Deno.test({
  name: "--network, --pid, --ipc and --uts host share the host's namespaces",
  ...root,
  async fn() {
    await using box = sandbox();
    const flags = ["network", "pid", "ipc", "uts"].map((k) => `--${k}=host`);
    const { pid } = await start(box, [...flags, ROOTFS, "sleep", "1000"]);
    const same = (kind: string) =>
      Deno.readLinkSync(`/proc/${pid}/ns/${kind}`) ===
        Deno.readLinkSync(`/proc/self/ns/${kind}`);
    const shared = ["net", "pid", "ipc", "uts", "mnt", "cgroup"].map(same);
    assert.deepEqual(shared, [true, true, true, true, false, false]);
  },
});
