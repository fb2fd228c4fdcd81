/**
 * `rkl container run` in the foreground: streams, signals, exit codes.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  assertNothingLeft,
  IMAGE,
  inspect,
  link,
  listed,
  nameIn,
  proc,
  ROOTFS,
  statusOf,
  succeeded,
} from "./container.ts";
import { lockExclusive, O, open } from "../sys/fd.ts";
import { Attached } from "./attached.ts";
import { needs } from "./facts.ts";
import { readLines } from "./lines.ts";
import { command, eventually, exists, RKL, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

Deno.test({
  name: "container run --rm: output, exit code, and nothing left",
  ...root,
  async fn() {
    await using box = sandbox();
    const script = "echo out; echo err >&2; exit 7";
    const words = ["--rm", "--name", nameIn(box), IMAGE, "sh", "-c", script];
    const result = await box.rkl("container", "run", ...words);
    assert.deepEqual(result, { code: 7, stdout: "out\n", stderr: "err\n" });
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "container run without --rm leaves the container and its exit code",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const kill = ["sh", "-c", "kill -9 $$; sleep 9"];
    const words = ["--pid=host", "--name", name, ROOTFS, ...kill];
    assert.equal((await box.rkl("container", "run", ...words)).code, 137);

    const { id, status, exitCode, pid, finished } = await inspect(box, name);
    assert.deepEqual([await listed(box), await listed(box, "-a")], [[], [id]]);
    assert.deepEqual([status, exitCode, pid], ["stopped", 137, undefined]);
    assert.ok(Math.abs(Date.now() - Date.parse(finished!)) < 600_000);
  },
});

Deno.test({
  name: "container run -i: megabytes of stdin arrive, byte by byte, to its end",
  ...root,
  async fn() {
    await using box = sandbox();
    const bytes = new Uint8Array(5_000_000);
    for (let i = 0; i < bytes.length; i += 65536) {
      crypto.getRandomValues(bytes.subarray(i, i + 65536));
    }
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const words = ["run", "--rm", "-i", ROOTFS, "sha256sum"];
    const stdout = succeeded(
      await box.run(["container", ...words], { stdin: bytes }),
    );
    assert.equal(stdout, `${new Uint8Array(digest).toHex()}  -\n`);
  },
});

Deno.test({
  name: "container run -i takes a regular file as stdin",
  ...native,
  async fn() {
    await using box = sandbox();
    const file = `${IMAGE}/config.json`;
    const rkl = [RKL, ...box.roots, "container", "run", "--rm", "-i", ROOTFS];
    const shell = ["-c", `exec "$@" < ${file}`, "sh", ...rkl, "wc", "-c"];
    const { size } = await Deno.stat(file);
    assert.equal(succeeded(await command("sh", shell)), `${size}\n`);
  },
});

Deno.test({
  name: "container run -i ends with the container, though stdin goes on",
  ...root,
  async fn() {
    await using box = sandbox();
    const words = ["container", "run", "--rm", "-i", ROOTFS, "sh", "-c"];
    const child = box.spawn([...words, "read line; exit 4"], {
      stdin: "piped",
    });
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("a line\n"));
    assert.equal((await child.status).code, 4);
    await writer.close().catch(() => {});
  },
});

Deno.test({
  name: "container run without -i: stdin is empty, whatever rkl's own is",
  ...root,
  async fn() {
    await using box = sandbox();
    const words = ["container", "run", "--rm", ROOTFS, "wc", "-c"];
    const result = await box.run(words, { stdin: "not for you\n" });
    assert.equal(succeeded(result), "0\n");
  },
});

Deno.test({
  name: "container run passes TERM, INT, USR1 and HUP on to the container",
  ...root,
  async fn() {
    await using box = sandbox();
    const signals = ["TERM", "INT", "USR1", "HUP"] as const;
    const traps = signals.map((name) => `trap 'echo ${name}' ${name}`);
    const script = `${traps.join("\n")}
      trap 'exit 5' USR2; echo ready; while :; do sleep 0.05; done`;
    const words = ["run", "--rm", ROOTFS, "sh", "-c", script];
    const child = box.spawn(["container", ...words], { stdout: "piped" });
    const output = readLines(child.stdout);
    assert.equal((await output.next()).value, "ready");
    for (const name of signals) {
      child.kill(`SIG${name}`);
      assert.equal((await output.next()).value, name);
    }
    child.kill("SIGUSR2");
    assert.equal((await child.status).code, 5);
    await output.return(undefined);
  },
});

Deno.test({
  name:
    "container run --rm: a signal after the end keeps nobody from cleaning up",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "trap 'exit 4' INT; echo up; while :; do sleep 0.05; done";
    const child = new Attached(
      box,
      ...["run", "--rm", "--name", name, ROOTFS, "sh", "-c", script],
    );
    await child.shows(/up/);
    const { id } = await inspect(box, name);
    const pidfds = () =>
      Array.from(Deno.readDirSync(`/proc/${child.child.pid}/fd`))
        .map((fd) => link(`/proc/${child.child.pid}/fd/${fd.name}`))
        .filter((path) => path.includes("pidfd")).length;
    {
      using lock = open(`${box.directory}/data/containers/${id}/lock`, O.RDWR);
      lockExclusive(lock);
      child.child.kill("SIGINT");
      await eventually("it cleans up", () => pidfds() === 0);
      child.child.kill("SIGTERM");
    }
    assert.deepEqual([await child.ended(), child.stderr], [4, ""]);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "container run --rm: the reader goes away, and the container with it",
  ...native,
  async fn() {
    await using box = sandbox();
    const rkl = [RKL, ...box.roots, "container", "run", "--rm", "--name"];
    const script = `{ "$@"; echo "code $?" >&2; } | head -1`;
    const run = [...rkl, nameIn(box), ROOTFS, "yes"];
    const { stdout, stderr } = await command("sh", [
      "-c",
      script,
      "sh",
      ...run,
    ]);
    assert.equal(stdout, "y\n");
    assert.equal(stderr, "code 141\n");
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "container run: a container of its own namespaces, with init as pid 1",
  ...root,
  async fn() {
    await using box = sandbox();
    const script = `echo $$
      for file in /proc/self/ns/*; do readlink $file; done; hostname`;
    const name = nameIn(box);
    const words = ["run", "--rm", "--name", name, ROOTFS, "sh", "-c", script];
    const lines = succeeded(await box.rkl("container", ...words)).split("\n");
    const own = ["cgroup", "ipc", "mnt", "net", "pid", "uts"];
    for (const kind of own) {
      const ours = Deno.readLinkSync(`/proc/self/ns/${kind}`);
      assert.ok(!lines.includes(ours), `${kind} is the host's`);
      assert.ok(lines.some((line) => line.startsWith(`${kind}:[`)), kind);
    }
    assert.ok(lines.includes(Deno.readLinkSync("/proc/self/ns/user")));
    assert.deepEqual([lines[0], lines.at(-2)], ["1", name]);
  },
});

Deno.test({
  name: "container run: nothing of rkl's own descriptors reaches the container",
  ...root,
  async fn() {
    await using box = sandbox();
    const script = "ls /proc/self/fd; exec sleep 1000";
    const words = ["run", "--name", nameIn(box), ROOTFS, "sh", "-c", script];
    const child = box.spawn(["container", ...words], { stdout: "piped" });
    const output = readLines(child.stdout);
    const seen: string[] = [];
    // 3 is the directory that ls itself reads
    while (seen.length < 4) seen.push((await output.next()).value!);
    assert.deepEqual(seen, ["0", "1", "2", "3"]);
    const { pid } = await inspect(box, nameIn(box));
    await eventually("it sleeps", () => proc(pid, "comm") === "sleep\n");
    const fds = Array.from(Deno.readDirSync(`/proc/${pid}/fd`));
    assert.deepEqual(fds.map(({ name }) => name).sort(), ["0", "1", "2"]);
    assert.equal(proc(pid, "cmdline"), "sleep\x001000\0");
    assert.equal(statusOf(pid, "NSpid").split("\t")[1], "1");
    // pid 1 without a handler ignores TERM; only this gets through
    succeeded(await box.rkl("container", "kill", nameIn(box)));
    assert.equal((await child.status).code, 137);
    await output.return(undefined);
  },
});

Deno.test({
  name: "container run: --pid-file and --cidfile, the latter never replaced",
  ...native,
  async fn() {
    await using box = sandbox();
    const [pidFile, cidFile] = ["pid", "cid"].map((name) =>
      `${box.directory}/${name}`
    ) as [string, string];
    const name = nameIn(box);
    const words = ["run", "-d", "--pid-file", pidFile, "--cidfile", cidFile];
    const image = ["--name", name, ROOTFS, "sleep", "1000"];
    succeeded(await box.rkl("container", ...words, ...image));
    const found = await inspect(box, name);
    assert.equal(await Deno.readTextFile(cidFile), found.id);
    assert.equal(Number(await Deno.readTextFile(pidFile)), found.pid);

    const again = await box.rkl("container", ...words, ROOTFS, "true");
    const message = `--cidfile: ${cidFile} exists already; remove it first`;
    assert.deepEqual([again.code, again.stderr], [125, `rkl: ${message}\n`]);
    assert.equal(await Deno.readTextFile(cidFile), found.id);

    // One that fails leaves none, so that it can be tried again.
    const other = `${cidFile}-other`;
    const broken = ["--cidfile", other, ROOTFS, "no-such"];
    for (const verb of ["run", "run", "create"]) {
      const { code } = await box.rkl("container", verb, ...broken);
      assert.deepEqual([verb, code, exists(other)], [verb, 127, false]);
    }
    await eventually(
      "the others left nothing",
      async () => (await listed(box, "-a")).join() === found.id,
    );
  },
});
