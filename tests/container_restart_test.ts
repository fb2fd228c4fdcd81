/**
 * Restart policies: what ends runs again, as docker has it.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  AS_OTHER_USER,
  failed,
  killNow,
  launch,
  monitorOf,
  nameIn,
  processesOf,
  ROOTFS,
  sleeper,
  statusOf,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { inspectKept, runKept, until } from "./kept.ts";
import { setRestartPolicy } from "../container/restart/set.ts";
import { eventually, exists, sandbox } from "./rkl.ts";

const root = needs("root");
const native = needs("root", "native");

const RECORDS_ITS_START = "cat /proc/uptime >> /starts; exit 7";

Deno.test({
  name: "on-failure:5 starts it five times more, each after twice the time",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await runKept(box, name, "on-failure:5", RECORDS_ITS_START);
    const waits = await until(
      box,
      name,
      "waits",
      ({ status }) => status === "restarting",
      5,
    );
    assert.deepEqual(waits.restart, {
      name: "on-failure",
      maximumRetryCount: 5,
    });
    const list = succeeded(await box.rkl("container", "list"));
    assert.match(list, new RegExp(` (Restarting|Up) .* ${name}$`, "m"));
    const over = await until(
      box,
      name,
      "gave up",
      ({ status }) => status === "stopped",
    );
    assert.deepEqual([over.exitCode, over.restartCount], [7, 5]);
    const upper = `${box.directory}/data/containers/${over.id}/upper`;
    const starts = Deno.readTextFileSync(`${upper}/starts`).trim().split("\n")
      .map((line) => Number(line.split(" ")[0]));
    const pauses = starts.slice(1).map((at, i) => at - starts[i]!);
    assert.equal(pauses.length, 5);
    // uptime(1) counts hundredths.
    for (const [index, pause] of pauses.entries()) {
      assert.ok(pause >= 0.1 * 2 ** index - 0.02, `${pauses}`);
    }
    assert.equal(succeeded(await box.rkl("container", "wait", name)), "7\n");
  },
});

Deno.test({
  name: "on-failure leaves what has done its work; no leaves all",
  ...native,
  async fn() {
    await using box = sandbox();
    const [done, no] = [nameIn(box, "done"), nameIn(box, "no")];
    await runKept(box, done, "on-failure", "exit 0");
    await runKept(box, no, "no", "exit 1");
    for (const name of [done, no]) {
      await until(box, name, "ended", ({ status }) => status === "stopped");
      assert.equal((await inspectKept(box, name)).restartCount, 0);
    }
    const { id } = await inspectKept(box, no);
    assert.ok(!exists(`${box.directory}/data/containers/${id}/restart.json`));
  },
});

Deno.test({
  name:
    "always starts again what ended well, and what its monitor's death ended",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    succeeded(await box.rkl(...sleeper(name, "--restart", "always")));
    const first = await inspectKept(box, name);
    killNow([monitorOf(first)]);
    const second = await until(
      box,
      name,
      "runs again",
      ({ status, pid }) => status === "running" && pid !== first.pid,
    );
    assert.equal(second.restartCount, 1);
    killNow([second.pid!]);
    const third = await until(
      box,
      name,
      "runs again",
      ({ status, pid }) => status === "running" && pid !== second.pid,
    );
    assert.equal(third.restartCount, 2);
  },
});

Deno.test({
  name: "always starts again what has changed its user and lost its monitor",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await runKept(box, name, "always", AS_OTHER_USER);
    const first = await inspectKept(box, name);
    await eventually(
      "it is another user's",
      () => statusOf(first.pid!, "Uid").startsWith("1000"),
    );
    // The daemon knows it from here on.
    await new Promise((done) => setTimeout(done, 500));
    killNow([monitorOf(first)]);
    // Nobody but the daemon looks at it.
    await eventually(
      "its process is gone",
      () => !exists(`/proc/${first.pid}`),
    );
    await until(
      box,
      name,
      "runs again",
      ({ status, pid }) => status === "running" && pid !== first.pid,
    );
  },
});

Deno.test({
  name: "who is stopped stays so, running or waiting, and start counts anew",
  ...native,
  async fn() {
    await using box = sandbox();
    const [runs, waits] = [nameIn(box, "runs"), nameIn(box, "waits")];
    succeeded(await box.rkl(...sleeper(runs, "--restart", "always")));
    await runKept(box, waits, "unless-stopped", "exit 1");
    await until(
      box,
      waits,
      "failed often",
      ({ restartCount, status }) =>
        restartCount >= 3 && status === "restarting",
    );
    succeeded(await box.rkl("container", "kill", runs));
    succeeded(await box.rkl("container", "stop", "-t", "0", waits));
    assert.equal((await inspectKept(box, waits)).status, "stopped");
    // Longer than either would have waited.
    await new Promise((done) => setTimeout(done, 1500));
    for (const name of [runs, waits]) {
      assert.equal((await inspectKept(box, name)).status, "stopped", name);
    }
    succeeded(await box.rkl("container", "start", runs));
    const again = await inspectKept(box, runs);
    assert.deepEqual([again.status, again.restartCount], ["running", 0]);
    killNow([again.pid!]);
    await until(
      box,
      runs,
      "runs again",
      ({ status, pid }) => status === "running" && pid !== again.pid,
    );
  },
});

Deno.test({
  name: "a signal that asks for no end leaves the policy as it is",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "trap 'exit 3' HUP; echo set; while :; do sleep 0.1; done";
    await runKept(box, name, "always", script);
    const { pid } = await inspectKept(box, name);
    const log = async () => (await box.rkl("container", "logs", name)).stdout;
    await eventually("its trap is set", async () => await log() === "set\n");
    succeeded(await box.rkl("container", "kill", "-s", "HUP", name));
    await until(
      box,
      name,
      "runs again",
      (found) => found.status === "running" && found.pid !== pid,
    );
  },
});

Deno.test({
  name: "one that waits is removed by force alone, and for good",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await runKept(box, name, "always", "exit 1");
    await until(
      box,
      name,
      "waits long",
      ({ restartCount, status }) =>
        restartCount >= 4 && status === "restarting",
    );
    failed(
      await box.rkl("container", "delete", name),
      125,
      `cannot delete container "${name}": it is restarting; stop it first, ` +
        "or use --force",
    );
    succeeded(await box.rkl("system", "prune", "--force"));
    succeeded(await box.rkl("container", "delete", "--force", name));
    await new Promise((done) => setTimeout(done, 1000));
    assert.equal(succeeded(await box.rkl("container", "list", "-aq")), "");
    assert.deepEqual(processesOf(`${box.directory}/data`), []);
  },
});

Deno.test({
  name: "one that cannot be started is tried again, and says why",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const image = `${box.directory}/image`;
    Deno.symlinkSync(ROOTFS, image);
    const flags = ["--name", name, "--restart", "always", image];
    await launch(box, [...flags, "sh", "-c", "sleep 0.3; exit 1"]);
    Deno.removeSync(image);
    const failing = await until(
      box,
      name,
      "fails",
      ({ error }) => error !== undefined,
    );
    assert.match(failing.error!, /image/);
    assert.equal(failing.status, "restarting");
    const log = `${box.directory}/root/.daemon/log`;
    assert.match(
      Deno.readTextFileSync(log),
      new RegExp(`restart: ${name}: cannot be started again: .*image`),
    );
    Deno.symlinkSync(ROOTFS, image);
    const { restartCount } = await until(
      box,
      name,
      "runs",
      ({ status }) => status === "running",
    );
    assert.ok(restartCount >= 2, `${restartCount}`);
    assert.equal((await inspectKept(box, name)).error, undefined);
  },
});

Deno.test({
  name: "another policy is in force from now on",
  ...native,
  async fn() {
    await using box = sandbox();
    const [flaps, passes] = [nameIn(box, "flaps"), nameIn(box, "passes")];
    const [root, dataRoot] = ["root", "data"].map((name) =>
      `${box.directory}/${name}`
    ) as [string, string];
    const store = { root, dataRoot };
    await runKept(box, flaps, "always", "exit 1");
    await until(
      box,
      flaps,
      "waits long",
      ({ restartCount, status }) =>
        restartCount >= 4 && status === "restarting",
    );
    await setRestartPolicy(store, flaps, { name: "no" });
    await new Promise((done) => setTimeout(done, 1500));
    const { status, restart } = await inspectKept(box, flaps);
    assert.deepEqual([status, restart.name], ["stopped", "no"]);
    succeeded(await box.rkl(...sleeper(passes, "--rm")));
    await assert.rejects(
      setRestartPolicy(store, passes, { name: "always" }),
      { message: /^Restart policy cannot be updated because AutoRemove/ },
    );
  },
});

Deno.test({
  name: "what contradicts itself is refused in docker's words",
  ...native,
  async fn() {
    await using box = sandbox();
    const run = (...words: string[]) =>
      box.rkl("container", "run", "-d", ...words, ROOTFS, "true");
    failed(
      await run("--rm", "--restart", "always"),
      125,
      "conflicting options: cannot specify both --restart and --rm",
    );
    failed(
      await run("--restart", "always:3"),
      125,
      /--restart always:3: maximum retry count cannot be used with .* 'always'/,
    );
    failed(
      await run("--restart", "often"),
      125,
      /--restart often: unknown restart policy "often"/,
    );
    const name = nameIn(box);
    succeeded(await run("--rm", "--restart", "no", "--name", name));
  },
});

Deno.test({
  name: "run without -d ends with the first life; the container goes on",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const flags = ["--name", name, "--restart", "on-failure:1", ROOTFS];
    const { code, stdout } = await box.rkl(
      ...["container", "run", ...flags, "sh", "-c", "echo hi; exit 5"],
    );
    assert.deepEqual([code, stdout], [5, "hi\n"]);
    await until(
      box,
      name,
      "ended again",
      ({ status, restartCount }) => status === "stopped" && restartCount === 1,
    );
    assert.equal(
      succeeded(await box.rkl("container", "logs", name)),
      "hi\nhi\n",
    );
  },
});

Deno.test({
  name: "a stop from before somebody started it holds nobody back for ever",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    succeeded(await box.rkl(...sleeper(name, "--restart", "always")));
    succeeded(await box.rkl("container", "stop", "-t", "0", name));
    succeeded(await box.rkl("container", "update", "--restart", "no", name));
    succeeded(await box.rkl("container", "start", name));
    succeeded(await box.rkl("container", "update", "--restart=always", name));
    killNow([(await inspectKept(box, name)).pid!]);
    await until(
      box,
      name,
      "runs again",
      ({ status, restartCount }) => status === "running" && restartCount === 1,
    );
  },
});

Deno.test({
  name: "a signal that ends run without -d stops what it runs for good",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const flags = ["--name", name, "--restart", "always", ROOTFS];
    const script = "trap 'exit 4' INT; echo up; while :; do sleep 0.1; done";
    const child = box.spawn(
      ["container", "run", ...flags, "sh", "-c", script],
      { stdin: "null", stdout: "piped", stderr: "null" },
    );
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGINT");
    await reader.cancel();
    assert.equal((await child.status).code, 4);
    await new Promise((done) => setTimeout(done, 500));
    const { status, restartCount } = await inspectKept(box, name);
    assert.deepEqual([status, restartCount], ["stopped", 0]);
  },
});
