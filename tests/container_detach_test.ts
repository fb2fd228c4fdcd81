/**
 * Leaving the terminals of containers, in every way there is, and coming back.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  commandLine,
  inspect,
  killNow,
  launch,
  nameIn,
  processesThat,
  ROOTFS,
  start,
  startSleeper,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { command, eventually, exists, type Sandbox, sandbox } from "./rkl.ts";
import { line, Terminal } from "./tmux.ts";

const terminal = needs("root", "tmux");
/** Tests of what is the same on every kernel. */
const native = needs("root", "tmux", "native");

/** Notes the terminal's modes before rkl has it. */
async function note(box: Sandbox, tty: Terminal): Promise<void> {
  await tty.enter(`stty -g > ${box.directory}/before`);
  await tty.shows(/host>$/);
}

/** The exit code of the command before; its modes must be those noted. */
async function after(box: Sandbox, tty: Terminal): Promise<number> {
  const file = `${box.directory}/before`;
  const same = `stty -g | diff - ${file} > /dev/null && echo same modes`;
  await tty.enter(`code=$?; clear; echo code $code, $(${same}).`);
  await tty.shows(/^code \d+, .*\.$/m);
  const [, code, modes] = /^code (\d+), (.*)\.$/m.exec(await tty.screen())!;
  assert.equal(modes, "same modes");
  return Number(code);
}

/** The process of rkl that runs `verb` for this sandbox. */
function rklOf(box: Sandbox, verb: string): number {
  const [found] = processesThat((pid) => {
    const words = commandLine(pid);
    return words.includes(box.roots[1]!) && words.includes(verb);
  });
  assert.ok(found, `no rkl runs ${verb}`);
  return found;
}

/** A command line for an interactive shell with the prompt `in> `. */
const SHELL = ["-it", "-e", "'PS1=in> '"];

Deno.test({
  name: "run -it, vi, detach, attach, resize, exec -it beside, and exit",
  ...terminal,
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const name = nameIn(box);
    await note(box, tty);
    const words = ["run", ...SHELL, "--name", name, ROOTFS, "sh"];
    await tty.enter("clear; " + line(box, ...words));
    await tty.shows(/in>$/);
    await tty.enter("vi /poem");
    await tty.shows(/^~$/m);
    await tty.type("iroses are red");
    await tty.shows(/^roses are red\n(~\n)+I \/poem/m);
    await tty.type("", "Escape");
    await tty.shows(/^- \/poem/m);
    await tty.type("", "C-p", "C-q");
    await tty.shows(/read escape sequence\nhost>/);
    assert.equal(await after(box, tty), 0);

    await tty.resize(90, 30);
    await tty.enter("clear; " + line(box, "attach", name));
    await tty.shows(/^roses are red\n(~\n)+- \/poem/m); // drawn again
    await tty.type("oviolets are blue");
    await tty.shows(/^I \/poem/m);
    await tty.type("", "Escape");
    await tty.shows(/^- \/poem/m);
    await tty.type(":wq", "Enter");
    await tty.shows(/in>$/);
    await tty.enter("clear; cat /poem; stty size");
    await tty.shows(/^roses are red\nviolets are blue\n30 90\nin>$/m);
    await tty.resize(77, 22);
    await eventually("the size arrives", async () => {
      await tty.enter("clear; stty size");
      return /^22 77$/m.test(await tty.screen());
    });
    {
      await using beside = await Terminal.open(box.directory, "beside");
      const exec = ["exec", ...SHELL, name, "sh"];
      await beside.enter("clear; " + line(box, ...exec));
      await beside.shows(/in>$/);
      await beside.enter("clear; cat /poem; tty; exit 4");
      await beside.shows(/^violets are blue\n\/dev\/pts\/\d\n(.*\n)*host>$/m);
    }
    await tty.enter("exit 5");
    await tty.shows(/host>$/);
    assert.equal(await after(box, tty), 5);
  },
});

Deno.test({
  name: "two users at one terminal: both see all, either may type",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = await launch(box, [...SHELL.map(bare), ROOTFS, "sh"]);
    await using one = await Terminal.open(box.directory, "one");
    await using two = await Terminal.open(box.directory, "two");
    for (const tty of [one, two]) {
      await tty.enter("clear; " + line(box, "attach", name));
      await rawMode(tty);
    }
    await one.enter("echo from o''ne");
    for (const tty of [one, two]) await tty.shows(/^from one$/m);
    await two.enter("echo from t''wo");
    for (const tty of [one, two]) await tty.shows(/^from two$/m);
    await one.type("", "C-p", "C-q");
    await one.shows(/host>$/);
    await two.enter("exit 3");
    await two.shows(/host>$/);
  },
});

/** A word without the quotes a shell needs. */
function bare(word: string): string {
  return word.replaceAll("'", "");
}

Deno.test({
  name: "--detach-keys: other keys, one key, none; what only began passes on",
  ...native,
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const name = await launch(box, [...SHELL.map(bare), ROOTFS, "sh"]);
    const attach = async (keys: string) => {
      const words = ["attach", `--detach-keys=${keys}`, name];
      await tty.enter("clear; " + line(box, ...words));
      await tty.type("", "Enter");
      await tty.shows(/in>$/);
    };
    await note(box, tty);
    await attach("a,b,c");
    await tty.type("echo ab"); // "ab" waits for what comes next
    await tty.type("d", "Enter");
    await tty.shows(/^abd$/m);
    await tty.type("ab");
    await tty.type("c");
    await tty.shows(/host>$/);
    assert.equal(await after(box, tty), 0);

    await attach("ctrl-\\\\");
    await tty.type("", "C-\\");
    await tty.shows(/host>$/);
    assert.equal(await after(box, tty), 0);

    await attach("''");
    await tty.enter("stty -ixon; clear; echo rea''dy; cat -v");
    await tty.shows(/^ready$/m);
    await tty.type("", "C-p", "C-q", "Enter");
    await tty.shows(/^\^P\^Q\n\^P\^Q$/m); // echoed, and printed
    await tty.type("", "C-c");
    await tty.shows(/in>$/);
    await tty.enter("exit 7");
    await tty.shows(/host>$/);
    assert.equal(await after(box, tty), 7);
  },
});

Deno.test({
  name:
    "the terminal is as it was when a container, or what exec runs, is killed",
  ...native,
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const name = nameIn(box);
    await note(box, tty);
    for (
      const words of [
        ["run", "--rm", ...SHELL, "--name", name, ROOTFS, "sh"],
        ["attach", name],
        ["exec", ...SHELL, name, "sh"],
      ]
    ) {
      if (words[0] !== "run") {
        await startSleeper(box, SHELL.map(bare));
      }
      await tty.enter("clear; echo begun; " + line(box, ...words));
      if (words[0] !== "attach") await tty.shows(/in>$/);
      else await rawMode(tty);
      succeeded(await box.rkl("container", "kill", name));
      await tty.shows(/host>$/);
      assert.equal(await after(box, tty), 137, words[0]);
      await box.rkl("container", "rm", "-f", name);
    }
  },
});

/** Waits until rkl has the terminal, which echoes no more. */
async function rawMode(tty: Terminal): Promise<void> {
  const device = await tty.device();
  await eventually("the terminal is raw", async () => {
    const { stdout } = await command("stty", ["-a", "-F", device]);
    return /-icanon/.test(stdout);
  });
}

Deno.test({
  name:
    "the terminal is as it was when a signal ends rkl; the container goes on",
  ...native,
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const { id } = await startSleeper(box, SHELL.map(bare));
    await note(box, tty);
    for (const [signal, number] of [["SIGTERM", 15], ["SIGHUP", 1]] as const) {
      for (const words of [["attach", id], ["exec", "-it", id, "cat"]]) {
        await tty.enter("clear; " + line(box, ...words));
        await rawMode(tty);
        Deno.kill(rklOf(box, words[0]!), signal);
        await tty.shows(/host>$/);
        assert.equal(await after(box, tty), 128 + number, words[0]);
      }
    }
    assert.equal((await inspect(box, id)).status, "running");
  },
});

Deno.test({
  name: "a paused container's terminal is left by its keys; exec's goes on",
  ...native,
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const { id, pid } = await startSleeper(box);
    await note(box, tty);
    await tty.enter("clear; " + line(box, "exec", ...SHELL, id, "sh"));
    await tty.shows(/in>$/);
    // It writes more than a terminal holds after nobody looks any more.
    const script = "while [ ! -e /go ]; do sleep .1; done; " +
      "yes | head -100000; : > /done";
    await tty.enter(script);
    succeeded(await box.rkl("pause", id));
    await tty.type("", "C-p", "C-q");
    await tty.shows(/read escape sequence\nhost>$/);
    assert.equal(await after(box, tty), 0);
    succeeded(await box.rkl("resume", id));
    const root = `/proc/${pid}/root`;
    await Deno.writeTextFile(`${root}/go`, "");
    await eventually("what was left goes on", () => exists(`${root}/done`));
  },
});

Deno.test({
  name: "kill -9 of rkl, and then a terminal can be attached to again",
  ...native,
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const name = nameIn(box);
    const words = ["run", ...SHELL, "--name", name, ROOTFS, "sh"];
    await tty.enter("clear; " + line(box, ...words));
    await tty.shows(/in>$/);
    killNow([rklOf(box, "run")]);
    await tty.shows(/Killed/);
    // The terminal is still raw: Enter alone would end no line.
    const attach = line(box, "attach", name);
    await tty.type(`stty sane; clear; echo sa''ne; ${attach}`, "C-j");
    await tty.shows(/^sane$/m);
    await rawMode(tty);
    await tty.enter("echo still h''ere");
    await tty.shows(/^still here$/m);
    await tty.enter("exit");
    await tty.shows(/host>$/);
  },
});

Deno.test({
  name: "what is typed in one go with the keys to detach arrives before them",
  ...native,
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const { id, pid } = await start(box, [...SHELL.map(bare), ROOTFS, "sh"]);
    await tty.enter("clear; " + line(box, "attach", id));
    await rawMode(tty);
    await tty.type("touch /typed\r\x10\x11");
    await tty.shows(/host>$/);
    const typed = `/proc/${pid}/root/typed`;
    await eventually("it arrived", () => exists(typed));
  },
});

Deno.test({
  name: "-t without -i shows the terminal, and passes no keys on",
  ...native,
  async fn() {
    await using box = sandbox();
    await using tty = await Terminal.open(box.directory);
    const script = "stty -echo; echo be''gun; read line; echo read";
    const words = ["run", "-t", "--name", nameIn(box), ROOTFS, "sh", "-c"];
    await tty.enter(`clear; ${line(box, ...words)} "${script}"`);
    await tty.shows(/^begun$/m);
    await tty.enter("for nobody");
    await tty.shows(/^for nobody$/m); // the user's own terminal echoes
    await tty.type("", "C-c");
    await tty.shows(/host>/);
    const { stdout } = await box.rkl("container", "logs", nameIn(box));
    assert.equal(stdout, "begun\r\n");
    assert.equal((await inspect(box, nameIn(box))).status, "running");
  },
});
