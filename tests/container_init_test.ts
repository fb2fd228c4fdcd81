/**
 * `--init`: a pid 1 of rkl's, of which the program is a child.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  ask,
  launch,
  nameIn,
  proc,
  ROOTFS,
  start,
  startSleeper,
  statusOf,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { eventually, type Sandbox, sandbox } from "./rkl.ts";
import { line, Terminal } from "./tmux.ts";

const root = needs("root");

/** The children of a process, as the host sees them. */
function childrenOf(pid: number): number[] {
  return proc(pid, `task/${pid}/children`).split(" ").filter(Boolean)
    .map(Number);
}

/** Waits for a container's end and returns its exit code. */
async function exitCode(box: Sandbox, name: string): Promise<number> {
  return Number(succeeded(await box.rkl("container", "wait", name)));
}

Deno.test({
  name: "--init is pid 1, the program its child; neither holds what is rkl's",
  ...root,
  async fn() {
    await using box = sandbox();
    const answers = await ask(box, ["--init", "-e", "A=b", ROOTFS], {
      ps: "ps -o pid,ppid,args | sed -n 2,3p",
      fds: "ls /proc/1/fd",
      own: "ls /proc/$$/fd",
      group: "cut -d' ' -f5,6 /proc/$$/stat",
      signals: "grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2 | uniq",
      log: "echo through pid 1 > /proc/1/fd/1; echo $A",
    });
    assert.match(answers.ps, /^ *1 +0 rkl-init\n *2 +1 sh -c /);
    assert.equal(answers.fds, "0\n1\n2");
    // the shell has its script, and a copy of a stream it redirects
    assert.doesNotMatch(answers.own, /^[3-9]$/m);
    assert.equal(answers.group, "2 1", "group and session");
    assert.equal(answers.signals, "0000000000000000");
    assert.equal(answers.log, "through pid 1\nb");
  },
});

Deno.test({
  name: "--init reaps orphans; without it they stay zombies",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const script = "(sleep 0.5 &); (sleep 0.5 &); exec sleep 1000";
    const words = [ROOTFS, "sh", "-c", script];
    const name = (suffix: string) => ["--name", nameIn(box, suffix)];
    const [bare, below] = await Promise.all([
      start(box, [...name("bare"), ...words]),
      start(box, [...name("init"), "--init", ...words]),
    ]);
    const zombies = (pid: number) =>
      childrenOf(pid).filter((child) =>
        statusOf(child, "State").startsWith("Z")
      );
    await eventually("a zombie", () => zombies(bare.pid!).length > 0);
    await eventually("the program alone", () => {
      const [program, ...others] = childrenOf(below.pid!);
      return others.length === 0 && statusOf(program, "Name") === "sleep";
    });
  },
});

Deno.test({
  name: "--init passes signals on and ends as the program does",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const handles = "trap 'echo usr' USR1; trap 'exit 7' TERM; echo ready; " +
      "while :; do sleep 0.05; done";
    const name = nameIn(box);
    await launch(box, ["--init", "--name", name, ROOTFS, "sh", "-c", handles]);
    const logs = async () =>
      succeeded(await box.rkl("container", "logs", name));
    await eventually("it is ready", async () => (await logs()) === "ready\n");
    succeeded(await box.rkl("container", "kill", "-s", "USR1", name));
    await eventually("USR1", async () => (await logs()) === "ready\nusr\n");
    succeeded(await box.rkl("container", "stop", name));
    assert.equal(await exitCode(box, name), 7);

    // as pid 1 it would not even notice the signal
    const { id } = await startSleeper(box, ["--init"], nameIn(box, "sleep"));
    const before = Date.now();
    succeeded(await box.rkl("container", "stop", "-t", "60", id));
    assert.ok(Date.now() - before < 30_000);
    assert.equal(await exitCode(box, id), 143);

    const run = (...command: string[]) =>
      box.rkl("container", "run", "--rm", "--init", ROOTFS, ...command);
    const ends = await Promise.all([
      run("sh", "-c", "exit 5"),
      run("sh", "-c", "kill -9 $$"),
      run("/etc/passwd"),
      run("nosuch"),
    ]);
    assert.deepEqual(ends.map(({ code }) => code), [5, 137, 126, 127]);
    assert.match(ends[3]!.stderr, /^rkl: exec "nosuch": executable file not/);
  },
});

Deno.test({
  name: "--init without a pid namespace takes the program along, and reaps",
  ...root,
  async fn() {
    await using box = sandbox();
    const script = "(sleep 0 &); exec sleep 1000";
    const flags = ["--init", "--pid=host", "--name", nameIn(box)];
    const { pid } = await start(box, [...flags, ROOTFS, "sh", "-c", script]);
    let program = 0;
    await eventually("the program alone", () => {
      const children = childrenOf(pid!);
      program = children[0]!;
      return children.length === 1 && statusOf(program, "Name") === "sleep";
    });
    Deno.kill(pid!, "SIGKILL");
    await eventually("the program is gone", () => {
      try {
        return statusOf(program, "State").startsWith("Z");
      } catch (error) {
        return error instanceof Deno.errors.NotFound;
      }
    });
  },
});

Deno.test({
  name: "--init takes no more memory than a monitor",
  ...root,
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box, ["--init"]);
    const sizes = proc(pid, "smaps_rollup").matchAll(/^Private_\w+: +(\d+)/gm);
    const total = [...sizes].reduce((sum, [, size]) => sum + Number(size), 0);
    assert.ok(total > 0 && total <= 64, `${total} KiB`);
  },
});

Deno.test({
  name: "--init with -t: the shell has job control, Ctrl-C is the program's",
  ...needs("root", "tmux", "native"),
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const words = ["run", "-it", "--rm", "--init", "-e", "'PS1=in> '", ROOTFS];
    await tty.enter("clear; " + line(box, ...words, "sh"));
    await tty.shows(/^in>$/m);
    assert.doesNotMatch(await tty.screen(), /job control/);
    await tty.enter("clear; sh -c 'echo go; sleep 1000'");
    await tty.shows(/^go$/m); // now the job has the terminal, not the shell
    await tty.type("", "C-z");
    await tty.shows(/Stopped/);
    await tty.enter("clear; echo $((1 + 1)); fg");
    await tty.shows(/^2\nsh -c /m);
    await tty.type("", "C-c");
    await tty.shows(/\^C\nin>$/);
    await tty.enter("clear; ps; exit 4");
    await tty.shows(/1 root +rkl-init\n[^]*host>$/);
    assert.doesNotMatch(await tty.screen(), /sleep/);
    await tty.enter("echo code $?");
    await tty.shows(/^code 4$/m);
  },
});
