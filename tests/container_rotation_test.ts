/**
 * Logs of bounded size: files that follow each other while a container writes
 * as fast as it can, and readers that lose nothing.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  inspect,
  isAlive,
  killNow,
  launch,
  monitorOf,
  nameIn,
  proc,
  processesThat,
  ROOTFS,
  smallDisk,
  start,
  succeeded,
} from "./container.ts";
import { EMULATED, needs } from "./facts.ts";
import { command, eventually, RKL, type Sandbox, sandbox } from "./rkl.ts";

const root = needs("root", "native");

/** How many lines a container writes: 20 MB of them, where that is quick. */
const LINES = EMULATED ? 100_000 : 2_700_000;

/** Seconds until what was started does what it was started for. */
const PATIENCE = EMULATED ? 120 : 20;

/** Bytes of a file of a log: several of them hold what is written. */
const SIZE = EMULATED ? 64 * 1024 : 1 << 20;

const SMALL = ["--log-opt", `max-size=${SIZE}`, "--log-opt", "max-file=3"];

/** The lines 1 to `count`, as seq(1) prints them. */
async function digestOfLines(count: number): Promise<string> {
  const script = `seq 1 ${count} | sha256sum`;
  return (await command("sh", ["-c", script])).stdout;
}

/** What a shell prints that runs `script` with rkl's command as "$@". */
async function piped(box: Sandbox, script: string, ...words: string[]) {
  const rkl = [RKL, ...box.roots, ...words];
  return await command("sh", ["-c", script, "sh", ...rkl]);
}

/** The files of a container's log, and how large they are. */
async function filesOf(box: Sandbox, name: string) {
  const { logPath } = await inspect(box, name);
  return Array.from(Deno.readDirSync(logPath), (file) => ({
    name: file.name,
    size: Deno.statSync(`${logPath}/${file.name}`).size,
  })).sort((a, b) => a.name < b.name ? -1 : 1);
}

Deno.test({
  name: "a log is as many files, and as large, as --log-opt says",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const seq = ["seq", "1", String(LINES)];
    await launch(box, ["--name", name, ...SMALL, ROOTFS, ...seq]);
    succeeded(await box.rkl("container", "wait", name));
    const files = await filesOf(box, name);
    assert.equal(files.length, 3);
    assert.ok(files.every(({ size }) => size <= SIZE));
    // What is left is the end, whole and in order.
    const { stdout } = await box.rkl("container", "logs", name);
    const lines = stdout.trimEnd().split("\n").slice(1).map(Number);
    const first = lines[0]!;
    assert.ok(lines.every((line, index) => line === first + index));
    assert.equal(lines.at(-1), LINES);
    succeeded(await box.rkl("container", "delete", name));
  },
});

for (
  const [driver, flags] of [
    ["local", ["--log-opt", "max-size=64k", "--log-opt", "max-file=1"]],
    ["none", ["--log-driver", "none"]],
  ] as const
) {
  Deno.test({
    name:
      `container run with the log driver ${driver}: a slow reader loses nothing`,
    ...root,
    async fn() {
      await using box = sandbox();
      const run = ["container", "run", "--rm", ...flags, ROOTFS];
      const slow = `"$@" | { sleep 1; sha256sum; }`;
      const seq = ["seq", "1", String(LINES)];
      const { stdout } = await piped(box, slow, ...run, ...seq);
      assert.equal(stdout, await digestOfLines(LINES));
    },
  });
}

Deno.test({
  name: "the container waits for a reader that stopped, and goes on without it",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const seq = ["seq", "1", String(LINES)];
    const run = ["container", "run", "--name", name, ...SMALL, ROOTFS, ...seq];
    const attached = box.spawn(run, { stdout: "piped" });
    await eventually("it fills its log", async () => {
      const found = await box.rkl("container", "list", "-aq");
      if (found.stdout === "") return false;
      return (await filesOf(box, name).catch(() => [])).length === 4;
    });
    // Nobody reads: the fourth file is there, and stays the last.
    const before = await filesOf(box, name);
    await new Promise((done) => setTimeout(done, 300));
    assert.deepEqual(await filesOf(box, name), before);
    killNow([attached.pid]);
    await attached.status;
    await attached.stdout.cancel();
    assert.equal((await box.rkl("container", "wait", name)).stdout, "0\n");
    const tail = await box.rkl("container", "logs", "--tail", "1", name);
    assert.equal(tail.stdout, `${LINES}\n`);
  },
});

Deno.test({
  name: "a container whose reader stopped can be stopped all the same",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const flags = ["--name", name, "--log-driver", "none"];
    const seq = ["seq", "1", "1000000000"];
    const run = ["container", "run", ...flags, ROOTFS, ...seq];
    const attached = box.spawn(run, { stdout: "piped" });
    await eventually("it waits", async () => {
      const found = await box.rkl("container", "list", "-aq");
      if (found.stdout === "") return false;
      return (await filesOf(box, name).catch(() => [])).length === 3;
    });
    const stop = ["container", "stop", "--time", "0", name];
    assert.equal(succeeded(await box.rkl(...stop)), `${name}\n`);
    assert.equal((await box.rkl("container", "wait", name)).stdout, "137\n");
    // What was written before is still there to be read.
    const { stdout } = await attached.output();
    const lines = new TextDecoder().decode(stdout).split("\n").slice(0, -1);
    assert.ok(lines.length > 100_000, `${lines.length}`);
    assert.ok(lines.every((line, index) => Number(line) === index + 1));
  },
});

Deno.test({
  name: "logs -f goes from file to file; two followers lose nothing",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = `until [ -e /in/go ]; do sleep 0.1; done; seq 1 ${LINES}`;
    const words = ["--name", name, ...SMALL, "-v", `${box.directory}:/in:ro`];
    await launch(box, [...words, ROOTFS, "sh", "-c", script]);
    const follow = ["container", "logs", "-f", name];
    const followers = [
      piped(box, `"$@" | sha256sum`, ...follow),
      piped(box, `"$@" | { sleep 1; sha256sum; }`, ...follow),
    ];
    // Each has inotify(7) open once it follows.
    const both = () => followersOf(box).length === 2;
    await eventually("both follow", both, PATIENCE);
    await Deno.writeTextFile(`${box.directory}/go`, "");
    const expected = await digestOfLines(LINES);
    for (const { stdout, stderr } of await Promise.all(followers)) {
      assert.deepEqual({ stdout, stderr }, { stdout: expected, stderr: "" });
    }
    // What piled up for them is gone with them.
    assert.ok((await filesOf(box, name)).length <= 3);
  },
});

/** Processes of `logs -f` that have begun to wait. */
function followersOf(box: Sandbox): number[] {
  return processesThat((pid) => {
    const words = proc(pid, "cmdline");
    return words.includes(box.directory) && words.includes("logs\0-f") &&
      Array.from(
        Deno.readDirSync(`/proc/${pid}/fd`),
        ({ name }) => Deno.readLinkSync(`/proc/${pid}/fd/${name}`),
      ).some((path) => path === "anon_inode:inotify");
  });
}

Deno.test({
  name: "kill -9 of rkl and of a follower: the log goes on, and rotates",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = `seq 1 ${LINES}; exit 5`;
    const run = ["container", "run", "--name", name, ...SMALL, ROOTFS];
    const attached = box.spawn([...run, "sh", "-c", script], {
      stdout: "piped",
    });
    await attached.stdout.getReader().read();
    const follower = box.spawn(["container", "logs", "-f", name], {
      stdout: "piped",
    });
    await follower.stdout.getReader().read();
    killNow([attached.pid, follower.pid]);
    await Promise.all([attached.status, follower.status]);
    assert.equal((await box.rkl("container", "wait", name)).stdout, "5\n");
    const tail = await box.rkl("container", "logs", "--tail", "2", name);
    assert.equal(tail.stdout, `${LINES - 1}\n${LINES}\n`);
    succeeded(await box.rkl("container", "start", name));
    succeeded(await box.rkl("container", "wait", name));
    assert.ok((await filesOf(box, name)).length <= 3);
  },
});

Deno.test({
  name: "kill -9 of the monitor: followers end, and a new start goes on",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "[ -e /in/go ] && { echo again; exit; }; n=0; " +
      "while :; do echo $n; n=$((n + 1)); done";
    const mount = ["-v", `${box.directory}:/in:ro`];
    const words = ["--name", name, ...SMALL, ...mount, ROOTFS];
    const details = await start(box, [...words, "sh", "-c", script]);
    const follower = box.rkl("container", "logs", "-f", name);
    const one = () => followersOf(box).length === 1;
    await eventually("it follows", one, PATIENCE);
    killNow([monitorOf(details)]);
    const { code, stdout } = await follower;
    assert.equal(code, 0);
    // It began with what was still there, perhaps within a line.
    const lines = stdout.split("\n").slice(1, -1).map(Number);
    const first = lines[0]!;
    assert.ok(lines.every((line, n) => line === first + n));
    assert.equal((await box.rkl("container", "wait", name)).stdout, "137\n");
    assert.ok(!isAlive(details.pid!));

    // A new start goes on behind the last whole record.
    const tail = async (n: string) =>
      (await box.rkl("container", "logs", "--tail", n, name)).stdout;
    const last = await tail("1");
    const go = `${box.directory}/go`;
    await Deno.writeTextFile(go, "");
    succeeded(await box.rkl("container", "start", name));
    assert.equal((await box.rkl("container", "wait", name)).stdout, "0\n");
    // Where its monitor was killed, a line may have begun.
    const both = await tail("2");
    assert.ok(both.endsWith(`${last}again\n`), both);
  },
});

Deno.test({
  name: "a full disk: records stay whole over files, what is lost is counted",
  ...root,
  async fn() {
    await using box = sandbox();
    await using disk = await smallDisk(box, "2m");
    const data = ["--data-root", disk.path];
    const name = nameIn(box);
    const large = ["--log-opt", "max-size=1m", "--log-opt", "max-file=3"];
    const run = ["run", "-d", "--name", name, ...large, ROOTFS];
    // Not before rkl has noted that it started, which needs some room.
    const script = "sleep 1; seq 1 1000000";
    succeeded(
      await box.rkl(...data, "container", ...run, "sh", "-c", script),
    );
    const wait = await box.rkl(...data, "container", "wait", name);
    assert.equal(succeeded(wait), "0\n");
    const inspected = await box.rkl(...data, "container", "inspect", name);
    const [{ rkl: { lostLogBytes } }] = JSON.parse(succeeded(inspected));
    assert.ok(lostLogBytes > 0, `${lostLogBytes} bytes lost`);
    const logs = await box.rkl(...data, "container", "logs", name);
    const lines = logs.stdout.trimEnd().split("\n");
    // Where bytes were lost, two lines have become one.
    const numbers = lines.slice(0, -1).map(Number);
    const broken = numbers.filter((n, i) => i > 0 && n !== numbers[i - 1]! + 1);
    assert.ok(broken.length < 100, `${broken.length} of ${lines.length}`);
    assert.ok(numbers.length > 100_000, `${numbers.length} lines`);
    succeeded(await box.rkl(...data, "container", "delete", name));
    // Whoever is attached is told.
    const attached = ["container", "run", "--rm", ROOTFS];
    const seq = await box.rkl(...data, ...attached, "seq", "1", "1000000");
    const told = /warning: the disk was full: \d+ bytes of the container's/;
    assert.match(seq.stderr, told);
  },
});
