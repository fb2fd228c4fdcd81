/**
 * `rkl container attach`, `start --attach` and `run --attach`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Attached } from "./attached.ts";
import {
  assertNothingLeft,
  failed,
  inspect,
  launch,
  nameIn,
  ROOTFS,
  startSleeper,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { command, eventually, RKL, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

/** A shell that says what it is told, and `code 9` on TERM. */
const PARROT = `trap 'echo terminated; exit 9' TERM
  echo before
  while read line; do echo "heard $line"; echo "err $line" >&2; done
  echo over
  while :; do sleep .05; done`;

/** Waits until it reads the log: by then it has caught signals. */
async function following(user: Attached): Promise<void> {
  const fds = `/proc/${user.child.pid}/fd`;
  const isLog = ({ name }: Deno.DirEntry) => {
    try {
      return Deno.readLinkSync(`${fds}/${name}`).includes("/log/");
    } catch {
      return false; // closed meanwhile
    }
  };
  await eventually(
    "it is attached",
    () => Array.from(Deno.readDirSync(fds)).some(isLog),
  );
}

Deno.test({
  name: "attach shows output from now on, passes stdin on, and the exit code",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = await launch(box, ["-i", ROOTFS, "sh", "-c", PARROT]);
    await eventually("it has begun", async () => {
      return (await box.rkl("container", "logs", name)).stdout === "before\n";
    });
    const user = new Attached(box, "attach", name);
    await user.type("one\n");
    await user.shows(/heard one\n/);
    await eventually("stderr, too", () => user.stderr === "err one\n");
    user.child.kill("SIGTERM");
    assert.equal(await user.ended(), 9);
    assert.equal(user.stdout, "heard one\nterminated\n");
    assert.equal(user.stderr, "err one\n");
  },
});

Deno.test({
  name:
    "several attach at once: each sees all, the end of one's input is theirs",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = await launch(box, ["-i", ROOTFS, "sh", "-c", PARROT]);
    const users = Array.from(
      { length: 10 },
      () => new Attached(box, "attach", "--sig-proxy=false", name),
    );
    // A line that all see says that all are there.
    const greet = async () => {
      await users[0]!.type("hello\n");
      return users.every(({ stdout }) => stdout.includes("heard hello"));
    };
    await eventually("all are attached", greet);
    await users[1]!.close();
    await users[2]!.type("still here\n");
    for (const user of users) await user.shows(/heard still here\n/);
    await users[3]!.kill();
    users[4]!.child.kill("SIGTERM");
    assert.equal(await users[4]!.ended(), 143);
    await users[5]!.type("and here\n");
    await users[6]!.shows(/heard and here\n/);
    succeeded(await box.rkl("container", "kill", "-s", "TERM", name));
    for (const [index, user] of users.entries()) {
      if (index === 3 || index === 4) continue;
      assert.equal(await user.ended(), 9);
      assert.match(user.stdout, /terminated\n$/);
    }
  },
});

Deno.test({
  name: "attach --no-stdin leaves the container's stdin alone",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = await launch(box, ["-i", ROOTFS, "sh", "-c", PARROT]);
    const user = new Attached(box, "attach", "--no-stdin", name);
    const other = new Attached(box, "attach", name);
    await user.close();
    await eventually("both are attached", async () => {
      await other.type("one\n");
      return [user, other].every(({ stdout }) => stdout.includes("heard one"));
    });
    user.child.kill("SIGTERM");
    assert.deepEqual([await user.ended(), await other.ended()], [9, 9]);
  },
});

Deno.test({
  name: "attach to what does not run is refused",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const attach = () => box.rkl("container", "attach", name);
    failed(await attach(), 125, /^rkl: container ".*-c" does not exist in /);
    succeeded(
      await box.rkl("container", "create", "--name", name, ROOTFS, "true"),
    );
    const cannot = `cannot attach to container "${name}": it is`;
    failed(await attach(), 125, `${cannot} created; start it first`);
    succeeded(await box.rkl("container", "start", name));
    succeeded(await box.rkl("container", "wait", name));
    failed(await attach(), 125, `${cannot} stopped; start it first`);
  },
});

Deno.test({
  name: "attach ends with a container that is killed, and removed meanwhile",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box, ["--rm"]);
    const user = new Attached(box, "attach", id);
    await following(user);
    succeeded(await box.rkl("container", "rm", "-f", id));
    assert.equal(await user.ended(), 137);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "the third Ctrl-C leaves a container that does not end",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box); // pid 1 ignores SIGINT
    const user = new Attached(box, "attach", id);
    await following(user);
    let over = false;
    void user.child.status.then(() => over = true);
    let sent = 0;
    for (; !over; sent++) {
      user.child.kill("SIGINT"); // two that come at once are one
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.ok(sent >= 3, `${sent}`);
    assert.equal(await user.ended(), 1);
    assert.match(user.stderr, /did not end for three signals, and goes on\n$/);
    assert.equal((await inspect(box, id)).status, "running");
  },
});

Deno.test({
  name: "attach passes signals on that are seldom sent, and stays itself",
  ...native,
  async fn() {
    await using box = sandbox();
    const signals = ["QUIT", "USR2", "ALRM", "PWR", "XCPU", "CONT"] as const;
    const traps = signals.map((name) => `trap 'echo ${name}' ${name}`);
    const script = `${traps.join("\n")}
      while :; do sleep 0.05; done`;
    const name = await launch(box, [ROOTFS, "sh", "-c", script]);
    const user = new Attached(box, "attach", name);
    await eventually("it is attached", async () => {
      user.child.kill("SIGCONT");
      await new Promise((done) => setTimeout(done, 50));
      return /CONT/.test(user.stdout);
    });
    for (const name of signals) {
      user.child.kill(`SIG${name}`);
      await user.shows(new RegExp(`${name}\n`));
    }
    for (const name of ["CHLD", "PIPE", "URG", "WINCH"] as const) {
      user.child.kill(`SIG${name}`);
    }
    succeeded(await box.rkl("container", "kill", name));
    assert.equal(await user.ended(), 137);
  },
});

Deno.test({
  name: "attach | head: the reader goes away, and the container goes on",
  ...native,
  async fn() {
    await using box = sandbox();
    const script = "while :; do echo y; sleep 0.01; done";
    const name = await launch(box, ["--rm", ROOTFS, "sh", "-c", script]);
    const rkl = [RKL, ...box.roots, "container", "attach", name];
    const line = `{ "$@"; echo "code $?" >&2; } | head -1`;
    const { stdout, stderr } = await command("sh", ["-c", line, "sh", ...rkl]);
    assert.deepEqual([stdout, stderr], ["y\n", "code 141\n"]);
    assert.equal((await inspect(box, name)).status, "running");
  },
});

Deno.test({
  name: "start -a -i loses nothing between start and attach, again and again",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "echo first; cat; echo last; exit 3";
    const words = ["--name", name, "-i", ROOTFS, "sh", "-c", script];
    succeeded(await box.rkl("container", "create", ...words));
    const start = (stdin: string) =>
      box.run(["container", "start", "-a", "-i", name], { stdin });
    const expected = (text: string) => ({
      code: 3,
      stdout: `first\n${text}last\n`,
      stderr: "",
    });
    // Created once, then three times more with the files it left.
    for (const text of ["one\n", "", "two\n", "three\n"]) {
      assert.deepEqual(await start(text), expected(text));
    }
  },
});

Deno.test({
  name: "start -a of one that runs attaches; of several it is refused",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = await launch(box, ["-i", ROOTFS, "sh", "-c", PARROT]);
    const user = new Attached(box, "start", "-ai", name);
    await user.type("one\n");
    await user.shows(/heard one/);
    user.child.kill("SIGTERM");
    assert.equal(await user.ended(), 9);
    failed(
      await box.rkl("container", "start", "-a", name, "other"),
      125,
      "container start: cannot start and attach to several containers at once",
    );
  },
});

Deno.test({
  name: "run --attach: the streams that are asked for, and no others",
  ...native,
  async fn() {
    await using box = sandbox();
    const script = "cat; echo out; echo err >&2; exit 4";
    const run = (...words: string[]) =>
      box.run(["c", "run", ...words, ROOTFS, "sh", "-c", script], {
        stdin: "in\n",
      });
    const name = nameIn(box);
    const [out, err, both, input] = await Promise.all([
      run("--rm", "-a", "stdout"),
      run("--rm", "-a", "STDERR"),
      run("--rm", "-i", "-a", "stdin", "-a", "stdout"),
      run("-i", "-a", "stdin", "--name", name),
    ]);
    assert.deepEqual(out, { code: 4, stdout: "out\n", stderr: "" });
    assert.deepEqual(err, { code: 4, stdout: "", stderr: "err\n" });
    assert.deepEqual(both, { code: 4, stdout: "in\nout\n", stderr: "" });
    // Its id is all there is to see; its end is not waited for.
    const { id } = await inspect(box, name);
    assert.deepEqual(input, { code: 0, stdout: `${id}\n`, stderr: "" });
    assert.equal((await box.rkl("c", "wait", name)).stdout, "4\n");
    assert.equal((await box.rkl("c", "logs", name)).stdout, "in\nout\n");
  },
});

Deno.test({
  name: "run --attach: what contradicts itself is refused",
  ...native,
  async fn() {
    await using box = sandbox();
    const run = (...words: string[]) => box.rkl("c", "run", ...words, ROOTFS);
    const [detached, closed, unknown, keys] = await Promise.all([
      run("-d", "-a", "stdout"),
      run("-a", "stdin"),
      run("-a", "output"),
      run("--detach-keys", "ctrl-1"),
    ]);
    const usage = "container run: ";
    failed(detached, 125, `${usage}--attach and --detach exclude each other`);
    failed(closed, 125, `${usage}--attach stdin needs --interactive`);
    failed(
      unknown,
      125,
      `${usage}--attach output: must be stdin, stdout or stderr`,
    );
    failed(keys, 125, /--detach-keys ctrl-1: "ctrl-1" is no key; use a/);
  },
});
