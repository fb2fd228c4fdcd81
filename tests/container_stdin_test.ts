/**
 * A container's stdin: whole, to its end, and whose it is.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Attached } from "./attached.ts";
import {
  inspect,
  launch,
  nameIn,
  ROOTFS,
  startSleeper,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { command, eventually, RKL, type Sandbox, sandbox } from "./rkl.ts";

/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

/** Runs a line of shell in which $RUN begins a container, and $FS is its root. */
async function shell(box: Sandbox, line: string): Promise<string> {
  const env = {
    RKL: [RKL, ...box.roots, "container"].join(" "),
    RUN: [RKL, ...box.roots, "container", "run", "--rm", "-i"].join(" "),
    FS: ROOTFS,
    HERE: box.directory,
  };
  const { code, stdout, stderr } = await command("sh", ["-c", line], { env });
  assert.deepEqual([code, stderr], [0, ""], stdout + stderr);
  return stdout;
}

Deno.test({
  name: "tar c | container run -i tar x: a tree arrives whole, and it ends",
  ...native,
  async fn() {
    await using box = sandbox();
    const files = `cd $FS && find . -type f | sort | xargs sha256sum`;
    const sent = await shell(box, `${files} | sha256sum`);
    const received = await shell(
      box,
      `tar c -C $FS . | $RUN $FS sh -c \\
        'mkdir /new && tar x -C /new && cd /new &&
         find . -type f | sort | xargs sha256sum | sha256sum'`,
    );
    assert.equal(received, sent);
  },
});

Deno.test({
  name: "200 MB both ways at once, through run and exec, from pipe and file",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const made = "head -c 200M /dev/urandom > $HERE/big; sha256sum < $HERE/big";
    const expected = await shell(box, made);
    for (
      const line of [
        "cat $HERE/big | $RUN $FS cat | sha256sum",
        "$RUN $FS cat < $HERE/big | sha256sum",
        `cat $HERE/big | $RKL exec -i ${id} cat | sha256sum`,
        `$RKL exec -i ${id} cat < $HERE/big > $HERE/out; sha256sum < $HERE/out`,
        `$RKL exec -i ${id} sh -c 'cat >&2' < $HERE/big 2>&1 | sha256sum`,
      ]
    ) assert.equal(await shell(box, line), expected, line);
  },
});

Deno.test({
  name: "run -i: a reader that waits for the end of what it sends is served",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const program = "sh -c 'yes | head -c 1048576 & cat > /dev/null; wait'";
    for (const rkl of ["$RUN $FS", `$RKL exec -i ${id}`]) {
      // Its output is not read before all input is gone.
      const counted = await shell(
        box,
        `rm -f $HERE/fifo; mkfifo $HERE/fifo; exec 3<> $HERE/fifo
        { head -c 3M /dev/zero; echo sent >&3; } | ${rkl} ${program} |
          { read sent < $HERE/fifo; wc -c; }`,
      );
      assert.equal(counted, "1048576\n");
    }
  },
});

Deno.test({
  name: "run -i and exec -i end with /dev/null, a file, and a closed stdin",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    await Deno.writeTextFile(`${box.directory}/file`, "12345");
    const sizes = await Promise.all(
      ["< /dev/null", "<&-", "< $HERE/file"].flatMap((input) => [
        shell(box, `$RUN $FS wc -c ${input}`),
        shell(box, `$RKL exec -i ${id} wc -c ${input}`),
      ]),
    );
    assert.deepEqual(sizes, ["0\n", "0\n", "0\n", "0\n", "5\n", "5\n"]);
  },
});

Deno.test({
  name: "run -i: a program that closes its stdin, and a reader that goes away",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const closes = "sh -c 'exec < /dev/null; sleep 0.2; echo done'";
    const [run, exec, gone] = await Promise.all([
      shell(box, `cat /dev/zero | $RUN $FS ${closes}`),
      shell(box, `cat /dev/zero | $RKL exec -i ${id} ${closes}`),
      shell(
        box,
        `{ $RKL exec -i ${id} yes < /dev/zero; echo $? > $HERE/code; } |
          head -1; cat $HERE/code`,
      ),
    ]);
    assert.deepEqual([run, exec, gone], ["done\n", "done\n", "y\n141\n"]);
  },
});

Deno.test({
  name:
    "kill -9 of run -i: the container's stdin ends, and the container goes on",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "cat; echo ended; exec sleep 1000";
    const words = ["--name", name, "-i", ROOTFS, "sh", "-c", script];
    const user = new Attached(box, "run", ...words);
    await user.type("typed\n");
    await user.shows(/typed\n/);
    await user.kill();
    await eventually("its stdin has ended", async () => {
      const { stdout } = await box.rkl("container", "logs", name);
      return stdout === "typed\nended\n";
    });
    assert.equal((await inspect(box, name)).status, "running");
  },
});

Deno.test({
  name: "run -d -i: stdin stays open for whoever attaches, one after the other",
  ...native,
  async fn() {
    await using box = sandbox();
    const script = "while read line; do echo heard $line; done; echo ended";
    const name = await launch(box, ["-i", ROOTFS, "sh", "-c", script]);
    for (const word of ["one", "two", "three"]) {
      const user = new Attached(box, "attach", name);
      await user.type(`${word}\n`);
      await user.shows(new RegExp(`heard ${word}\n`));
      await user.kill();
    }
    const { stdout } = await box.rkl("container", "logs", name);
    assert.equal(stdout, "heard one\nheard two\nheard three\n");
  },
});

Deno.test({
  name:
    "create -i: stdin is open after start, and ends with who attaches first",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const words = ["--name", name, "-i", ROOTFS, "sh", "-c", "cat; exit 6"];
    succeeded(await box.rkl("container", "create", ...words));
    const watcher = new Attached(box, "start", "-a", name);
    await watcher.close(); // of its own, which nobody asked for
    await eventually("it runs", async () => {
      return (await inspect(box, name)).status === "running";
    });
    const user = new Attached(box, "attach", name);
    await user.type("for it\n");
    await watcher.shows(/for it\n/);
    await user.close();
    assert.deepEqual([await user.ended(), await watcher.ended()], [6, 6]);
  },
});
