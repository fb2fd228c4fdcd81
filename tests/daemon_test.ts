/**
 * `rkl daemon`: who starts it, what it passes on, and when it ends.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  isAlive,
  killNow,
  link,
  proc,
  sleeper,
  statusOf as field,
  succeeded,
} from "./container.ts";
import { daemon, daemonsOf, statusOf } from "./daemon.ts";
import { needs } from "./facts.ts";
import { commandIn, place } from "./netns.ts";
import { command, eventually, RKL, SILENT } from "./rkl.ts";

/** What the kernel has no part in is not tried once more on an emulated one. */
const native = needs("root", "tool:nsenter", "native");

const FRONT = ["--network", "front"];

/** Seconds for which nothing needs it before it ends, and some to spare. */
const IDLE = 5 + 5;

Deno.test({
  name: "a container on a network has a daemon, which goes when it has gone",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    assert.equal((await daemon(here, "status")).code, 3);
    assert.deepEqual(daemonsOf(here.box), []);
    await here.start("web", ...FRONT);
    const status = (await statusOf(here))!;
    assert.deepEqual(daemonsOf(here.box), [status.pid]);
    assert.equal(status.duties[0]!.needed, "1 container on networks");
    assert(status.memory < 80 << 20, `${status.memory} bytes of memory`);
    const text = succeeded(await daemon(here, "status"));
    assert.match(text, /^pid +\d+$/m);
    assert.match(text, /^needed +network: 1 container on networks; dns: /m);
    succeeded(await here.rkl("container", "delete", "--force", "web"));
    assert.equal((await statusOf(here))!.duties[0]!.needed, undefined);
    const gone = () => daemonsOf(here.box).length === 0;
    await eventually("it has ended", gone, IDLE);
    assert.equal((await daemon(here, "status")).code, 3);
    const log = `${here.box.directory}/root/.daemon/log`;
    assert.match(Deno.readTextFileSync(log), /ends: nothing needs it\n$/);
  },
});

Deno.test({
  name: "a daemon has nothing of whoever started it",
  ...needs("root", "tool:nsenter", "tool:bash", "native"),
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    // Both pipes of this command are open as 3 and 9 too; `output()` waits for
    // their ends, and so would a shell's $(…).
    const script = 'exec 3>&2 9>&1; SECRET=1 nsenter "$@"; echo done';
    const ended = command("bash", [
      "-c",
      script,
      "bash",
      ...here.line(...sleeper("a", ...FRONT)),
    ]);
    const timer = Promise.withResolvers<undefined>();
    const timeout = setTimeout(() => timer.resolve(undefined), 30_000);
    const result = await Promise.race([ended, timer.promise]);
    clearTimeout(timeout);
    assert.match(
      result?.stdout ?? "its pipe is held",
      /^[0-9a-f]{64}\ndone\n$/,
    );
    const { pid } = (await statusOf(here))!;
    assert.doesNotMatch(proc(pid, "environ"), /SECRET/);
    assert.equal(Deno.readLinkSync(`/proc/${pid}/cwd`), "/");
    const [session, terminal] = proc(pid, "stat").split(") ")[1]!.split(" ")
      .slice(3, 5).map(Number);
    assert.notEqual(session, Number(proc(Deno.pid, "stat").split(" ")[5]));
    assert.equal(terminal, 0);
    const pipes = Array.from(Deno.readDirSync(`/proc/${pid}/fd`))
      .map(({ name }) => link(`/proc/${pid}/fd/${name}`))
      .filter((target) => target.startsWith("pipe:"));
    assert.deepEqual(pipes, []);
    assert.equal(field(pid, "Name"), "rkl-daemon");
  },
});

Deno.test({
  name: "twenty who need it at once share one daemon",
  ...native,
  async fn() {
    await using here = place();
    const all = Array.from({ length: 20 }, () => daemon(here, "start"));
    const pids = new Set((await Promise.all(all)).map(succeeded));
    assert.deepEqual([...pids], daemonsOf(here.box).map((pid) => `${pid}\n`));
    assert.equal(pids.size, 1);
    // One that is asked for by name finds it too, and is content.
    const { code, stdout } = await daemon(here, "run");
    assert.equal(code, 0);
    assert.match(stdout, /runs already, pid \d+\n$/);
  },
});

Deno.test({
  name: "kill -9 of the daemon loses nothing, and the next command has another",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    await here.start("a", ...FRONT);
    const { pid } = (await statusOf(here))!;
    killNow([pid]);
    // Nobody's child but init's, who does not keep it.
    await eventually("it is no zombie", () => !isThere(pid), 5);
    assert.equal(await statusOf(here), undefined);
    const states = succeeded(await here.rkl("container", "list"));
    assert.match(states, / Up .* a$/m);
    const revived = (await statusOf(here))!;
    assert.notEqual(revived.pid, pid);
    await here.start("b", ...FRONT);
    const status = (await statusOf(here))!;
    assert.equal(status.pid, revived.pid);
    assert.equal(status.duties[0]!.needed, "2 containers on networks");
  },
});

/** Whether a process is there, a zombie too. */
function isThere(pid: number): boolean {
  try {
    proc(pid, "stat");
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "stop ends the daemon and nothing else; start has it again",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    await here.start("a", ...FRONT);
    const { pid } = (await statusOf(here))!;
    succeeded(await daemon(here, "stop"));
    await eventually("it has ended", () => !isAlive(pid), 1);
    assert(!names(here.box.directory).includes("socket"));
    succeeded(await daemon(here, "stop")); // none is what was wanted
    assert.match(succeeded(await here.rkl("container", "list")), / Up /);
    const started = Number(succeeded(await daemon(here, "start")));
    assert.equal((await statusOf(here))?.pid, started);
    assert.notEqual(started, pid);
  },
});

function names(directory: string): string[] {
  const entries = Deno.readDirSync(`${directory}/root/.daemon`);
  return Array.from(entries, ({ name }) => name);
}

Deno.test({
  name: "run stays in the foreground, logs to stderr and ends with a signal",
  ...native,
  async fn() {
    await using here = place();
    const child = here.spawn(["daemon", "run"], { ...SILENT, stderr: "piped" });
    await eventually("it runs", async () => await statusOf(here) !== undefined);
    const status = (await statusOf(here))!;
    assert.equal(status.pid, child.pid);
    assert.equal(status.idle, undefined);
    child.kill("SIGTERM");
    const { code, stderr } = await child.output();
    const text = new TextDecoder().decode(stderr);
    assert.match(text, /^\S+ rkl .* serves .*\n\S+ ends: SIGTERM\n$/);
    assert.equal(code, 0);
    assert(!names(here.box.directory).includes("socket"));
  },
});

Deno.test({
  name: "run --replace takes the place of the daemon that runs",
  ...native,
  async fn() {
    await using here = place();
    await here.start("a", "--restart", "always");
    const { pid } = (await statusOf(here))!;
    const words = ["daemon", "run", "--replace"];
    const child = here.spawn(words, SILENT);
    const replaced = async () => (await statusOf(here))?.pid === child.pid;
    await eventually("it serves", replaced);
    assert(!isAlive(pid));
    assert.match(succeeded(await here.rkl("container", "list")), / Up /);
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
  },
});

Deno.test({
  name: "unit runs this program, for these roots",
  ...native,
  async fn() {
    await using here = place();
    const unit = succeeded(await daemon(here, "unit"));
    const [root, data] = ["root", "data"].map((name) =>
      `${here.box.directory}/${name}`
    );
    assert(
      unit.includes(
        `\nExecStart=${RKL} --root ${root} --data-root ${data} `,
      ),
      unit,
    );
    assert.match(unit, / daemon run --replace$/m);
    assert.match(unit, /^Type=notify$/m);
    assert.match(unit, /^WantedBy=multi-user.target\n$/m);
    assert.equal(await statusOf(here), undefined);
  },
});

Deno.test({
  name: "a daemon whose directory is gone ends",
  ...native,
  async fn() {
    await using here = place();
    const pid = Number(succeeded(await daemon(here, "start")));
    Deno.removeSync(`${here.box.directory}/root`, { recursive: true });
    await eventually("it has ended", () => !isAlive(pid), 2);
  },
});

Deno.test({
  name: "a daemon of another build makes room, and from source it works too",
  ...needs("root", "tool:nsenter", "native"),
  async fn() {
    await using here = place();
    const first = Number(succeeded(await daemon(here, "start")));
    const source = new URL("../cli/main.ts", import.meta.url).pathname;
    const words = ["run", "--allow-all", source, ...here.box.roots];
    const second = Number(succeeded(
      await commandIn(
        here.netns,
        ...[Deno.execPath(), ...words, "daemon", "start"],
      ),
    ));
    assert.notEqual(second, first);
    await eventually("the first has ended", () => !isAlive(first), 1);
    assert.equal((await statusOf(here))?.build, "source");
    const third = Number(succeeded(await daemon(here, "start")));
    await eventually("the second has ended", () => !isAlive(second), 1);
    assert.equal((await statusOf(here))?.pid, third);
  },
});

Deno.test({
  name: "a container runs without a daemon where none can be had",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    Deno.mkdirSync(`${here.box.directory}/root/.daemon/socket/x`, {
      recursive: true,
    });
    const { stderr } = await here.start("a", ...FRONT);
    assert.match(stderr, /warning: the daemon of .*: it cannot be started: /);
    assert.match(succeeded(await here.rkl("container", "list")), / Up /);
    Deno.removeSync(`${here.box.directory}/root/.daemon`, { recursive: true });
  },
});
