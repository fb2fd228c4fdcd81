/**
 * A container's life by name: create, start, stop, kill, delete, and what each
 * status does not allow.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  assertNothingLeft,
  failed,
  inspect,
  isAlive,
  launch,
  link,
  listed,
  nameIn,
  proc,
  ROOTFS,
  sleeper,
  start,
  startSleeper,
  succeeded,
  untilTrapped,
} from "./container.ts";
import { find } from "../container/find.ts";
import { end } from "../container/stop.ts";
import { needs } from "./facts.ts";
import { command, eventually, RKL, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

Deno.test({
  name: "container create makes it, start lets it run, delete ends the story",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const words = ["--name", name, ROOTFS, "sleep", "1000"];
    const created = await box.rkl("container", "create", ...words);
    const { id, pid, status } = await inspect(box, name);
    assert.equal(succeeded(created), `${id}\n`);
    assert.equal(status, "created");
    assert.ok(!proc(pid, "cmdline").startsWith("sleep"));

    assert.equal(succeeded(await box.rkl("c", "start", name)), `${name}\n`);
    assert.equal(proc(pid, "cmdline"), "sleep\x001000\0");
    const state = JSON.parse(succeeded(await box.rkl("c", "state", name)));
    assert.deepEqual([state.status, state.pid, state.id], [
      "running",
      pid,
      id,
    ]);

    failed(
      await box.rkl("c", "rm", name),
      125,
      `cannot delete container "${name}": it is running; stop it first, or use --force`,
    );
    assert.equal(succeeded(await box.rkl("c", "kill", name)), `${name}\n`);
    await eventually("it stops", () => !isAlive(pid!));
    await box.rkl("c", "wait", name);
    assert.equal(succeeded(await box.rkl("c", "rm", name)), `${name}\n`);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "one that was created and never started is deleted without --force",
  ...native,
  async fn() {
    await using box = sandbox();
    for (const which of ["NAME", "--all"]) {
      const name = nameIn(box);
      const words = ["--name", name, ROOTFS, "sleep", "1000"];
      const id = succeeded(await box.rkl("container", "create", ...words));
      const { pid } = await inspect(box, name);
      const all = which === "--all";
      const gone = await box.rkl("container", "rm", all ? "--all" : name);
      assert.equal(succeeded(gone), all ? id : `${name}\n`);
      assert.ok(!isAlive(pid!));
    }
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "to end one whose state is removed meanwhile is no failure",
  ...root,
  async fn() {
    await using box = sandbox();
    const { directory } = box;
    const store = { root: `${directory}/root`, dataRoot: `${directory}/data` };
    const name = nameIn(box);
    succeeded(await box.rkl(...sleeper(name)));
    const found = await find(store, name);
    // As `restart` does before it starts it again.
    succeeded(await box.rkl("delete", "--force", found.container.id));
    await end(store, found, { timeout: 5 });
    succeeded(await box.rkl("container", "rm", name));
  },
});

Deno.test({
  name: "container start runs an ended one again, with its files and its log",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "echo run >> /runs; cat /runs; exit $(wc -l < /runs)";
    const words = ["--name", name, ROOTFS, "sh", "-c", script];
    assert.equal((await box.rkl("container", "run", ...words)).code, 1);
    assert.equal(succeeded(await box.rkl("c", "start", name)), `${name}\n`);
    assert.equal(succeeded(await box.rkl("c", "wait", name)), "2\n");
    const logs = succeeded(await box.rkl("c", "logs", name));
    assert.equal(logs, "run\nrun\nrun\n");
  },
});

Deno.test({
  name: "container kill sends a signal to init, or with --all to everybody",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const child =
      "trap 'echo child' USR1; echo ready; while :; do sleep 0.05; done";
    const script = `sh -c "${child}" &
      trap 'echo init' USR1; while :; do sleep 0.05; done`;
    await launch(box, ["--name", name, ROOTFS, "sh", "-c", script]);
    const logs = async () => (await box.rkl("c", "logs", name)).stdout;
    await untilTrapped(box, [name]);
    await eventually("both trap", async () => (await logs()) === "ready\n");
    succeeded(await box.rkl("container", "kill", "-s", "USR1", name));
    await eventually(
      "init got it",
      async () => (await logs()).includes("init"),
    );
    succeeded(await box.rkl("c", "kill", "--all", "--signal", "10", name));
    await eventually(
      "both got it",
      async () =>
        (await logs()).split("\n").sort().join() === ",child,init,init,ready",
    );
    succeeded(await box.rkl("container", "kill", "--all", name));
    assert.equal(succeeded(await box.rkl("c", "wait", name)), "137\n");
  },
});

Deno.test({
  name: "what a container's status does not allow is said, and why",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const words = ["--name", name, ROOTFS, "true"];
    assert.equal((await box.rkl("container", "run", ...words)).code, 0);
    const data = `${box.directory}/data/containers`;
    const missing = `container "none" does not exist in ${data}`;
    const refused = await Promise.all([
      box.rkl("c", "kill", name),
      box.rkl("c", "exec", name, "true"),
      box.rkl("c", "stop", "none"),
      box.rkl("c", "start", "none"),
      box.rkl("c", "logs", "none"),
      box.rkl("c", "wait", "none"),
      box.rkl("c", "inspect", "none"),
      box.rkl("c", "rm", "none"),
    ]);
    assert.deepEqual(refused.map(({ code, stderr }) => [code, stderr]), [
      [
        125,
        `rkl: cannot kill container "${name}": it is stopped; only a live one takes signals\n`,
      ],
      [
        125,
        `rkl: cannot exec in container "${name}": it is stopped; start it first\n`,
      ],
      ...Array(6).fill([125, `rkl: ${missing}\n`]),
    ]);
    assert.equal(refused.map(({ stdout }) => stdout).join(""), "");
    assert.deepEqual(await box.rkl("c", "rm", "--force", "none"), {
      code: 0,
      stdout: "none\n",
      stderr: "",
    });
  },
});

Deno.test({
  name: "several names at once: one that fails does not keep the others",
  ...native,
  async fn() {
    await using box = sandbox();
    const [one, two] = [nameIn(box, "1"), nameIn(box, "2")];
    await Promise.all([one, two].map((name) => startSleeper(box, [], name)));
    const { code, stdout, stderr } = await box.rkl(
      "container",
      "rm",
      "--force",
      one,
      "no/name",
      two,
    );
    assert.deepEqual([code, stdout], [125, `${one}\n${two}\n`]);
    assert.match(stderr, /^rkl: "no\/name" is no container id; allowed: .*\n$/);
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "several names at once whose reader went away: one quiet end",
  ...native,
  async fn() {
    await using box = sandbox();
    const names = ["a", "b", "c"].map((suffix) => nameIn(box, suffix));
    for (const name of names) await startSleeper(box, [], name);
    // Nobody reads any more once echo fails.
    const line = 'trap "" PIPE; { while echo; do :; done 2>/dev/null; ' +
      '"$@"; echo $? >&2; } | true';
    const words = [...box.roots, "container", "rm", "-f", ...names];
    const { stderr } = await command("sh", ["-c", line, "sh", RKL, ...words]);
    assert.equal(stderr, "141\n");
    assert.equal(succeeded(await box.rkl("container", "list", "-aq")), "");
  },
});

Deno.test({
  name: "container delete --force ends all processes of a running container",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "for i in 1 2 3; do (sleep 1000 &); done; sleep 1000";
    await launch(box, ["--name", name, ROOTFS, "sh", "-c", script]);
    succeeded(await box.rkl("container", "delete", "-f", name));
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a detached container with --rm is gone once it has ended",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const run = () =>
      launch(box, ["--rm", "--name", name, ROOTFS, "sh", "-c", "exit 6"]);
    await run();
    assert.equal((await box.rkl("container", "wait", name)).stdout, "6\n");
    // its name is free, and the next of that name is not mistaken for it
    await run();
    await box.rkl("container", "wait", name);
    assert.equal(succeeded(await box.rkl("container", "list", "-aq")), "");
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "container wait knows how one ended that was removed at once",
  ...native,
  async fn() {
    await using box = sandbox();
    const words = ["--rm", "--name", nameIn(box), ROOTFS, "sh", "-c"];
    const script = "while ! test -e /go; do sleep .05; done; exit 7";
    const { id, pid } = await start(box, [...words, script]);
    const waiting = box.spawn(["container", "wait", id], { stdout: "piped" });
    const descriptors = `/proc/${waiting.pid}/fd`;
    await eventually(
      "it waits",
      () =>
        [...Deno.readDirSync(descriptors)].some(({ name }) =>
          link(`${descriptors}/${name}`).includes("[pidfd")
        ),
    );
    waiting.kill("SIGSTOP");
    Deno.writeTextFileSync(`/proc/${pid}/root/go`, "");
    await eventually("it is removed", async () => {
      return (await listed(box, "-a")).length === 0;
    });
    waiting.kill("SIGCONT");
    const { stdout } = await waiting.output();
    assert.equal(new TextDecoder().decode(stdout), "7\n");
  },
});

Deno.test({
  name: "commands on one name at the same time take turns, and leave it whole",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const commands = [
      ["run", "-d", "--name", name, ROOTFS, "sleep", "1000"],
      ["delete", "--force", name],
      ["run", "--rm", "--name", name, ROOTFS, "true"],
      ["list", "--all"],
      ["start", name],
      ["stop", "-t", "0", name],
    ];
    const results = await Promise.all(
      [...commands, ...commands, ...commands].map((words) =>
        box.rkl("container", ...words)
      ),
    );
    for (const { stderr } of results) {
      assert.match(
        stderr,
        /^$|^rkl: (container "\S+" (already exists|does not exist)|cannot start container "\S+": it is creating)/,
      );
    }
    succeeded(await box.rkl("container", "delete", "--force", name));
    assertNothingLeft(box);
  },
});
