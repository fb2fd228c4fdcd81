/**
 * What a container in the background writes, and `rkl container logs`.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  IMAGE,
  inspect,
  isAlive,
  killNow,
  launch,
  nameIn,
  ROOTFS,
  runToEnd,
  succeeded,
} from "./container.ts";
import { record, writeLog } from "../container/log/testing.ts";
import { needs } from "./facts.ts";
import { command, REPOSITORY, RKL, type Sandbox, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

/** The bytes of `rkl container logs`. */
async function logs(box: Sandbox, ...flags: string[]) {
  const args = [...box.roots, "container", "logs", ...flags, nameIn(box)];
  const output = await new Deno.Command(RKL, { args }).output();
  assert.equal(output.code, 0);
  return output;
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

Deno.test({
  name: "container run -d prints the id and lets go of stdout and stderr",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const run = [RKL, ...box.roots, "container", "run", "-d", "--name", name];
    const script = `id=$("$@" 2>&1); echo "got $id"`;
    const shell = ["-c", script, "sh", ...run, IMAGE, "sleep", "1000"];
    const printed = succeeded(await command("sh", shell));
    const { id, status, pid } = await inspect(box, name);
    assert.equal(printed, `got ${id}\n`);
    assert.deepEqual([status, isAlive(pid!)], ["running", true]);
  },
});

Deno.test({
  name: "container logs keeps the streams apart; wait tells the exit code",
  ...root,
  async fn() {
    await using box = sandbox();
    const script = "echo one; echo two >&2; echo three; exit 42";
    assert.equal(await runToEnd(box, script), "42");
    const result = await box.rkl("container", "logs", nameIn(box));
    const streams = { stdout: "one\nthree\n", stderr: "two\n" };
    assert.deepEqual(result, { code: 0, ...streams });
    assert.equal((await inspect(box, nameIn(box))).exitCode, 42);
  },
});

Deno.test({
  name: "container logs --tail counts lines, the unfinished last one too",
  ...native,
  async fn() {
    await using box = sandbox();
    await runToEnd(box, "seq 1 1000; printf end");
    const tail = async (n: string) =>
      new TextDecoder().decode((await logs(box, "--tail", n)).stdout);
    const [none, two, many] = await Promise.all([
      tail("0"),
      tail("2"),
      tail("5000"),
    ]);
    assert.deepEqual([none, two], ["", "1000\nend"]);
    assert.equal(many.split("\n").length, 1001);
  },
});

Deno.test({
  name:
    "container logs -t stamps each line once, --since leaves older ones out",
  ...native,
  async fn() {
    await using box = sandbox();
    const before = Date.now();
    await runToEnd(box, "printf a; sleep 0.2; echo b; sleep 1; echo c");
    const { stdout } = await logs(box, "-t");
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => line.split(" ")[1]), ["ab", "c"]);
    const times = lines.map((line) => line.split(" ")[0]!);
    for (const time of times) {
      assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
      const at = Date.parse(time);
      assert.ok(at >= before - 1 && at <= Date.now(), time);
    }
    const since = ["--since", times[1]!.slice(0, 23) + "Z"];
    const later = new TextDecoder().decode((await logs(box, ...since)).stdout);
    assert.equal(later, "c\n");
  },
});

Deno.test({
  name: "container logs --tail counts lines of the stream that is wanted alone",
  ...native,
  async fn() {
    await using box = sandbox();
    await runToEnd(
      box,
      "printf '1\\n2\\n3\\n' >&2; seq 1 1000000; printf 4 >&2",
    );
    const { stdout, stderr } = await logs(box, "--stderr", "--tail", "3");
    assert.equal(new TextDecoder().decode(stderr), "2\n3\n4");
    assert.equal(stdout.length, 0);
  },
});

Deno.test({
  name: "container logs prints what was written before the clock was set back",
  ...native,
  async fn() {
    await using box = sandbox();
    await runToEnd(box, "true");
    const { logPath } = await inspect(box, nameIn(box));
    const now = BigInt(Date.now()) * 1_000_000n;
    const hour = 3_600_000_000_000n;
    writeLog(logPath, [record(now, "1\n"), record(now + hour, "2\n3\n")]);
    for (
      const [tail, text] of [["all", "1\n2\n3\n"], ["2", "2\n3\n"]] as const
    ) {
      const { stdout } = await logs(box, "--tail", tail);
      assert.equal(new TextDecoder().decode(stdout), text);
    }
  },
});

Deno.test({
  name: "container logs -f follows, and ends with the container",
  ...root,
  async fn() {
    await using box = sandbox();
    const script = "echo first; sleep 1; echo second; sleep 1; printf last";
    const name = nameIn(box);
    await launch(box, ["--name", name, ROOTFS, "sh", "-c", script]);
    const followed = await box.rkl("container", "logs", "-f", name);
    assert.equal(succeeded(followed), "first\nsecond\nlast");
    // of one that has ended it ends at once
    const again = await box.rkl("container", "logs", "-f", name);
    assert.equal(again.stdout, "first\nsecond\nlast");
  },
});

Deno.test({
  name: "container logs gives back binary output and lines of a megabyte",
  ...native,
  async fn() {
    await using box = sandbox();
    const data = crypto.getRandomValues(new Uint8Array(60_000));
    const line = new TextEncoder().encode("x".repeat(1 << 20) + "\n");
    await Deno.writeFile(`${box.directory}/binary`, data);
    await Deno.writeFile(`${box.directory}/line`, line);
    const words = ["--name", nameIn(box), "-v", `${box.directory}:/in:ro`];
    await launch(box, [...words, ROOTFS, "cat", "/in/binary", "/in/line"]);
    succeeded(await box.rkl("container", "wait", nameIn(box)));
    const { stdout } = await logs(box);
    assert.equal(stdout.length, data.length + line.length);
    const whole = new Uint8Array(stdout.length);
    whole.set(data);
    whole.set(line, data.length);
    assert.equal(await digest(stdout), await digest(whole));
  },
});

Deno.test({
  name: "container logs: a burst of 100 MB is complete and in order",
  ...native,
  async fn() {
    await using box = sandbox();
    // 11 000 000 lines are 96 888 897 bytes
    const name = nameIn(box);
    const script = "seq 1 11000000; sha256sum /dev/null >&2";
    assert.equal(await runToEnd(box, script), "0");
    const seq = "seq 1 11000000 | sha256sum";
    const read = `"$@" 2>/dev/null | sha256sum`;
    const rkl = [RKL, ...box.roots, "container", "logs", name];
    // Of two pipes that are full at the end either may be read first.
    const errors = `"$@" 2>&1 >/dev/null`;
    const [expected, stored, told] = await Promise.all([
      command("sh", ["-c", seq]),
      command("sh", ["-c", read, "sh", ...rkl]),
      command("sh", ["-c", errors, "sh", ...rkl]),
    ]);
    assert.equal(stored.stdout, expected.stdout);
    assert.match(told.stdout, /^e3b0c44298fc1c14/);
  },
});

Deno.test({
  name: "container logs waits for a slow reader of a pipe that does not block",
  ...native,
  async fn() {
    await using box = sandbox();
    await runToEnd(box, "seq 1 100000");
    const rkl = [RKL, ...box.roots, "container", "logs", nameIn(box)];
    // For all who share it.
    const unblock = `import { setNonBlocking } from "${REPOSITORY}sys/fd.ts";` +
      "setNonBlocking(1);";
    const line = '{ "$0" eval "$1"; shift; "$@"; } | (sleep 1; wc -l)';
    const words = ["-c", line, Deno.execPath(), unblock, ...rkl];
    assert.equal(succeeded(await command("sh", words)), "100000\n");
  },
});

Deno.test({
  name: "what a terminal shows is whole over the blocks and files of a log",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const size = ["--log-opt", "max-size=300000", "--log-opt", "max-file=9"];
    const words = ["-t", "--name", name, ...size, ROOTFS];
    await launch(box, [...words, "seq", "1", "200000"]);
    succeeded(await box.rkl("container", "wait", name));
    const { stdout } = await box.rkl("container", "logs", name);
    const lines = stdout.split("\r\n").slice(0, -1).map(Number);
    assert.deepEqual([lines.length, lines.at(-1)], [200_000, 200_000]);
    assert.ok(lines.every((line, index) => line === index + 1));
  },
});

Deno.test({
  name: "kill -9 of every rkl process loses no output and no exit code",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const go = `${box.directory}/go`;
    const script =
      `echo before; while [ ! -e /in/go ]; do sleep 0.1; done; seq 1 1000; exit 9`;
    const words = ["--name", name, "-v", `${box.directory}:/in:ro`, ROOTFS];
    const run = ["container", "run", ...words, "sh", "-c", script];
    const attached = box.spawn(run, { stdout: "piped" });
    await attached.stdout.getReader().read();
    const follower = box.spawn(["container", "logs", "-f", name], {
      stdout: "piped",
    });
    await follower.stdout.getReader().read();

    killNow([attached.pid, follower.pid]);
    await Promise.all([attached.status, follower.status]);
    await Deno.writeTextFile(go, "");
    assert.equal((await box.rkl("container", "wait", name)).stdout, "9\n");
    const lines = Array.from({ length: 1000 }, (_, i) => `${i + 1}\n`);
    const { stdout } = await box.rkl("container", "logs", name);
    assert.equal(stdout, `before\n${lines.join("")}`);
  },
});
