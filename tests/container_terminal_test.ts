/**
 * `rkl container run -it` and `exec -it` in a terminal.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  inspect,
  launch,
  monitorOf,
  nameIn,
  processesOf,
  ROOTFS,
  statusOf,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { eventually, type Sandbox, sandbox } from "./rkl.ts";
import { line, Terminal } from "./tmux.ts";

const terminal = needs("root", "tmux");
/** Tests of what is the same on every kernel. */
const native = needs("root", "tmux", "native");

/** Opens a terminal with a shell in a container; its prompt is `in> `. */
async function openShell(box: Sandbox, ...flags: string[]): Promise<Terminal> {
  const tty = await Terminal.open(box.directory);
  const words = ["run", "-it", "--name", nameIn(box), "-e", "'PS1=in> '"];
  await tty.enter("clear; " + line(box, ...words, ...flags, ROOTFS, "sh"));
  await tty.shows(/in>$/);
  return tty;
}

Deno.test({
  name: "container run -it: a prompt, a terminal of its own, and back again",
  ...terminal,
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const words = ["run", "-it", "--rm", "-e", "'PS1=in> '", ROOTFS, "sh"];
    await tty.enter(
      `stty -a > ${box.directory}/before; ${line(box, ...words)}`,
    );
    await tty.shows(/in>$/);
    await tty.enter("tty; stty size; ls -l /dev/console; exit 6");
    await tty.shows(/host>$/);
    const screen = await tty.screen();
    assert.match(screen, /^\/dev\/(pts\/0|console)$/m);
    assert.match(screen, /^24 80$/m);
    await tty.enter(`clear; echo code $?`);
    await tty.enter(
      `clear; stty -a | diff - ${box.directory}/before && echo same`,
    );
    await tty.shows(/^same$/m);
  },
});

Deno.test({
  name: "container run -it follows the size of the window",
  ...terminal,
  async fn() {
    await using box = sandbox();
    await using tty = await openShell(box, "--rm");
    const trap = "trap 'stty size; exit' WINCH; echo rea''dy";
    await tty.enter(`sh -c "${trap}; while :; do sleep 0.1; done"`);
    await tty.shows(/^ready$/m);
    await tty.resize(101, 33);
    await tty.shows(/^33 101$/m);
    await tty.enter("exit");
    await tty.shows(/host>$/);
  },
});

Deno.test({
  name: "container run -it: busybox vi edits a file",
  ...native,
  async fn() {
    await using box = sandbox();
    await using tty = await openShell(box, "--rm", "-v", `${box.directory}:/d`);
    await tty.enter("vi /d/poem");
    await tty.shows(/^~$/m);
    await tty.type("iroses are red", "Enter");
    await tty.type("violets are blue");
    await tty.shows(/^I \/d\/poem/m);
    await tty.type("", "Escape");
    await tty.shows(/^- \/d\/poem/m); // no longer inserting
    await tty.type("kdd:wq", "Enter");
    await tty.shows(/in>$/);
    const text = await Deno.readTextFile(`${box.directory}/poem`);
    assert.equal(text, "violets are blue\n");
  },
});

Deno.test({
  name: "container run -it: Ctrl-C goes to what runs in the container",
  ...native,
  async fn() {
    await using box = sandbox();
    await using tty = await openShell(box, "--rm");
    await tty.enter("echo begun; sleep 1000");
    await tty.shows(/^begun$/m);
    await tty.type("", "C-c");
    await tty.shows(/\^C\s+in>$/);
    await tty.enter("echo code $?; exit 3");
    await tty.shows(/^code 130$/m);
    await tty.shows(/host>$/);
  },
});

Deno.test({
  name: "Ctrl-P Ctrl-Q leaves the container running, its output kept",
  ...needs("root", "tmux", "native"),
  async fn() {
    await using box = sandbox();
    await using tty = await openShell(box);
    await tty.enter("while [ ! -e /go ]; do sleep 0.1; done; echo af''ter");
    await tty.type("", "C-p", "C-q");
    await tty.shows(/host>$/);
    await tty.enter(
      "code=$?; clear; echo co''de $code; stty -a | grep -o ' icanon'",
    );
    await tty.shows(/^code 0\n icanon$/m);

    const name = nameIn(box);
    assert.equal((await inspect(box, name)).status, "running");
    succeeded(await box.rkl("container", "exec", name, "touch", "/go"));
    await eventually("its output is logged", async () => {
      const { stdout } = await box.rkl("container", "logs", name);
      return /^after\r$/m.test(stdout);
    });
    assert.equal((await inspect(box, name)).status, "running");
  },
});

Deno.test({
  name: "a terminal that hangs up takes rkl along, and leaves the container",
  ...needs("root", "tmux", "native"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    {
      await using tty = await Terminal.open(box.directory);
      const script = "trap '' HUP; echo rea''dy; while :; do sleep 0.1; done";
      const words = ["run", "-it", "--name", name, ROOTFS, "sh", "-c"];
      await tty.enter(`${line(box, ...words)} "${script}"`);
      await tty.shows(/^ready$/m);
    }
    const monitor = monitorOf(await inspect(box, name));
    await eventually("rkl has ended", () => {
      const left = processesOf(box.directory);
      return left.every((each) => each === monitor || isContained(each));
    });
    assert.equal((await inspect(box, name)).status, "running");
  },
});

/** Whether a process is in a pid namespace of its own. */
function isContained(pid: number): boolean {
  try {
    return statusOf(pid, "NSpid").includes("\t");
  } catch {
    return true; // it ended meanwhile
  }
}

Deno.test({
  name: "container exec -it: a shell of its own in a running container",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await launch(box, ["--name", name, ROOTFS, "sleep", "1000"]);
    await using tty = await Terminal.open(box.directory);
    const words = ["exec", "-it", "-e", "'PS1=in> '", name, "sh"];
    await tty.enter("clear; " + line(box, ...words));
    await tty.shows(/in>$/);
    await tty.enter("stty size; cat /proc/1/comm; exit 8");
    await tty.shows(/^24 80\nsleep\n(.*\n)*host>$/m);
    await tty.enter(
      "code=$?; clear; echo co''de $code; stty -a | grep -o ' icanon'",
    );
    await tty.shows(/^code 8\n icanon$/m);
    assert.equal((await inspect(box, name)).status, "running");
  },
});

Deno.test({
  name: "container run -t where nobody has a terminal: output as a terminal's",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const script = "tty; echo one; echo two >&2; exit 5";
    const words = ["run", "-t", "--rm", ROOTFS, "sh", "-c", script];
    const { code, stdout, stderr } = await box.rkl("container", ...words);
    assert.equal(code, 5);
    assert.match(
      stdout,
      /^\/dev\/(console|pts\/0)\r\none\r\ntwo\r\n$/,
    );
    assert.equal(stderr, "");
  },
});

Deno.test({
  name: "container run -d -t keeps what the terminal shows",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const script = "echo shown; exec sleep 1000";
    const name = await launch(box, ["-t", ROOTFS, "sh", "-c", script]);
    await eventually("it is logged", async () => {
      const { stdout } = await box.rkl("container", "logs", name);
      return stdout === "shown\r\n";
    });
  },
});
