/**
 * `kill -9` of rkl at any moment leaves nothing that the next command does not
 * repair; two at once do not meet half made things.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  AS_OTHER_USER,
  cgroupsOf,
  type Details,
  inspect,
  launch,
  link,
  listed,
  monitorOf,
  nameIn,
  proc,
  processesOf,
  ROOTFS,
  sleeper,
  startSleeper,
  statusOf,
  succeeded,
} from "./container.ts";
import { EMULATED, needs } from "./facts.ts";
import {
  command,
  eventually,
  exists,
  killAfter,
  type Sandbox,
  sandbox,
  SILENT,
} from "./rkl.ts";

/** The processes in a container's cgroups. */
function cgroupProcesses({ cgroups }: Details): string[] {
  return Object.values(cgroups).flatMap((path) =>
    exists(path)
      ? Deno.readTextFileSync(`${path}/cgroup.procs`).split("\n")
      : []
  ).filter(Boolean);
}

/** Runs a container in the background, and kills rkl after `delay` ms. */
async function interrupted(box: Sandbox, name: string, delay: number) {
  await killAfter(delay, box.spawn(sleeper(name), SILENT));
}

Deno.test({
  name: "kill -9 of rkl at random moments of run -d leaves nothing",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const times = EMULATED ? 5 : 100;
    const whole = nameIn(box, "whole");
    const begin = performance.now();
    await interrupted(box, whole, 60_000);
    const longest = 1.2 * (performance.now() - begin);
    succeeded(await box.rkl("container", "delete", "--force", whole));
    const names = Array.from({ length: times }, (_, i) => nameIn(box, `k${i}`));
    for (const name of names) {
      await interrupted(box, name, Math.random() * longest);
      succeeded(await box.rkl("container", "list", "--all"));
      succeeded(await box.rkl("container", "delete", "--force", name));
    }
    assert.deepEqual(cgroupsOf(box), []);
    assert.deepEqual(processesOf(box.directory), []);
    const left = ["root", "data/containers"].flatMap((
      directory,
    ) => [...Deno.readDirSync(`${box.directory}/${directory}`)]);
    assert.deepEqual(left, []);
  },
});

Deno.test({
  name: "of two containers with one name, made at once, one wins",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const words = ["container", "create", "--name", name, ROOTFS, "true"];
    const results = await Promise.all([box.rkl(...words), box.rkl(...words)]);
    assert.deepEqual(results.map(({ code }) => code).sort(), [0, 125]);
    const { stderr } = results.find(({ code }) => code === 125)!;
    assert.match(stderr, /^rkl: container "\S+" already exists; .*\n$/);
    const { stdout } = results.find(({ code }) => code === 0)!;
    assert.deepEqual(await listed(box, "-a"), [stdout.trimEnd()]);
  },
});

Deno.test({
  name: "many containers at once start and go, each at the same cost",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const [count, batch] = EMULATED ? [8, 2] : [200, 10];
    const names = Array.from({ length: count }, (_, i) => nameIn(box, `m${i}`));
    const times: number[] = [];
    for (let at = 0; at < count; at += batch) {
      const start = performance.now();
      await Promise.all(
        names.slice(at, at + batch).map(async (name) => {
          await launch(box, ["--name", name, ROOTFS, "sleep", "1000"]);
        }),
      );
      times.push(performance.now() - start);
    }
    const list = succeeded(await box.rkl("container", "list", "--format=json"));
    const states = list.trimEnd().split("\n").map((line) =>
      JSON.parse(line).State
    );
    assert.deepEqual(states, Array(count).fill("running"));
    // The quickest batch of each half: a machine under load wavers, while a cost
    // that grew with the number would show in all of the later half.
    const half = times.length / 2;
    const first = Math.min(...times.slice(0, half));
    const later = Math.min(...times.slice(half));
    assert.ok(later < 3 * first, `${first} ms became ${later} ms`);
    for (let at = 0; at < count; at += batch) {
      const words = ["container", "delete", "--force"];
      succeeded(await box.rkl(...words, ...names.slice(at, at + batch)));
    }
    assert.deepEqual(cgroupsOf(box), []);
    assert.deepEqual(processesOf(box.directory), []);
  },
});

Deno.test({
  name: "a monitor has less than 64 KiB of private memory",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const monitor = monitorOf(await startSleeper(box));
    const rollup = proc(monitor, "smaps_rollup");
    const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)]
      .reduce((sum, [, size]) => sum + Number(size), 0);
    assert.ok(kilobytes < 64, `${kilobytes} KiB`);
  },
});

Deno.test({
  name:
    "kill -9 of the monitor ends its container, and it is said to be stopped",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const sleeper = await startSleeper(box);
    Deno.kill(monitorOf(sleeper), "SIGKILL");
    assert.equal(
      succeeded(await box.rkl("container", "wait", sleeper.id)),
      "137\n",
    );
    const list = succeeded(await box.rkl("container", "list", "-a"));
    assert.match(list, / Exited \(137\) /);
  },
});

Deno.test({
  name: "kill -9 of the monitor ends a container that has changed its user",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    // The kernel forgets then that init is to die with the monitor.
    const name = await launch(box, [
      ...["--name", nameIn(box), ROOTFS, "sh", "-c", AS_OTHER_USER],
    ]);
    const container = await inspect(box, name);
    await eventually(
      "it is another user's",
      () => statusOf(container.pid!, "Uid").startsWith("1000"),
    );
    Deno.kill(monitorOf(container), "SIGKILL");
    assert.equal(succeeded(await box.rkl("container", "wait", name)), "137\n");
    const list = succeeded(await box.rkl("container", "list", "-a"));
    assert.match(list, / Exited \(137\) /);
    assert.deepEqual(processesOf(box.directory), []);
  },
});

Deno.test({
  name: "what a container leaves without a parent is reaped",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    // In the host's pid namespace init is no process 1, to which orphans go.
    // Looking may take a second itself where the machine is emulated.
    const life = EMULATED ? 10 : 1;
    const script = `(sleep ${life} & sleep ${life} &); exec sleep 1000`;
    const name = await launch(box, [
      ...["--name", nameIn(box), "--pid", "host", ROOTFS, "sh", "-c", script],
    ]);
    const monitor = monitorOf(await inspect(box, name));
    const children = () =>
      proc(monitor, `task/${monitor}/children`).trim().split(" ").length;
    await eventually("the orphans are there", () => children() === 3, 2 * life);
    await eventually("only init is left", () => children() === 1, 5 * life);
  },
});

Deno.test({
  name: "what is left without a pid namespace ends with init, however it ends",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    // The second keeps the monitor busy for ever.
    const left = "sleep 1000 & yes up &";
    const name = nameIn(box);
    const run = (script: string) =>
      launch(box, [
        ...["--name", name, "--pid", "host", "--log-opt", "max-size=10k"],
        ...[ROOTFS, "sh", "-c", `${left} ${script}`],
      ]);
    for (const how of ["by itself", "by stop"]) {
      const script = how === "by stop"
        ? "trap 'exit 3' TERM; >/up; wait"
        : "exit 3";
      await run(script);
      const details = await inspect(box, name);
      if (how === "by stop") {
        const data = `${box.directory}/data/containers`;
        await eventually(
          "it is up",
          () => exists(`${data}/${details.id}/upper/up`),
        );
        succeeded(await box.rkl("container", "stop", "-t", "60", name));
      }
      assert.equal(succeeded(await box.rkl("container", "wait", name)), "3\n");
      assert.equal((await inspect(box, name)).status, "stopped");
      const areGone = () => cgroupProcesses(details).length === 0;
      await eventually(`all are gone ${how}`, areGone);
      succeeded(await box.rkl("container", "rm", name));
    }
  },
});

Deno.test({
  name: "a monitor keeps no filesystem busy",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const words = sleeper(nameIn(box));
    succeeded(await box.run(words, { cwd: box.directory }));
    const monitor = monitorOf(await inspect(box, nameIn(box)));
    const cwd = () => link(`/proc/${monitor}/cwd`);
    await eventually("it has gone elsewhere", () => cwd() === "/");
  },
});

Deno.test({
  name: "wait knows a second start, though rkl was killed before it noted that",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const name = await launch(box, [
      ROOTFS,
      ...["sh", "-c", "sleep 1; exit 3"],
    ]);
    assert.equal(succeeded(await box.rkl("container", "wait", name)), "3\n");
    const noted = `${box.directory}/data/containers/${name}/ready`;
    const before = Deno.readTextFileSync(noted);
    succeeded(await box.rkl("container", "start", name));
    Deno.writeTextFileSync(noted, before);
    assert.equal(succeeded(await box.rkl("container", "wait", name)), "3\n");
  },
});

Deno.test({
  name: "what cannot be removed, or read, of one container keeps no other",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const sleeper = await startSleeper(box);
    const broken = await launch(box, [ROOTFS, "true"]);
    succeeded(await box.rkl("container", "wait", broken));
    const containers = `${box.directory}/data/containers`;
    // The pid is nobody's: its maker was killed.
    const stuck = `${containers}/.new-99999999-0`;
    await Deno.mkdir(`${stuck}/upper`, { recursive: true });
    const words = ["-t", "tmpfs", "rkl-test", `${stuck}/upper`];
    succeeded(await command("mount", words));
    const file = `${containers}/${broken}/container.json`;
    const whole = await Deno.readTextFile(file);
    try {
      assert.deepEqual(await listed(box), [sleeper.id]);
      const pruned = await box.rkl("system", "prune", "-f");
      assert.match(
        pruned.stderr,
        /^rkl: warning: \S+\/\.new-99999999-0 stays: /,
      );
      assert.match(pruned.stdout, new RegExp(broken));
    } finally {
      succeeded(await command("umount", [`${stuck}/upper`]));
    }
    await Deno.mkdir(`${containers}/${broken}`);
    await Deno.writeTextFile(file, whole.slice(0, 100));
    const list = await box.rkl("container", "list", "-aq", "--no-trunc");
    assert.equal(list.stdout, `${sleeper.id}\n`);
    assert.match(
      list.stderr,
      /^rkl: warning: \S+\/container\.json is no JSON: /,
    );
    const again = await box.rkl("system", "prune", "-f");
    assert.match(
      again.stderr,
      /^rkl: warning: \S+ stays: \S+\.json is no JSON: /,
    );
    assert.equal(again.code, 0);
    const stopped = await box.rkl("container", "stop", "-t0", "--all");
    assert.deepEqual([stopped.code, stopped.stdout], [125, `${sleeper.id}\n`]);
    assert.match(stopped.stderr, /^rkl: \S+\/container\.json is no JSON: /);
    await Deno.remove(`${containers}/${broken}`, { recursive: true });
  },
});

Deno.test({
  name: "files that a power cut has emptied are as none, and no trouble",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const id = await launch(box, ["--name", name, ROOTFS, "true"]);
    succeeded(await box.rkl("container", "wait", name));
    const directory = `${box.directory}/data/containers/${id}`;
    for (const file of ["ready", "restart.json", "ports.json", "cni.json"]) {
      await Deno.writeTextFile(`${directory}/${file}`, "");
    }
    assert.deepEqual(await listed(box, "-a"), [id]);
    succeeded(await box.rkl("container", "start", name));
    succeeded(await box.rkl("container", "wait", name));
    await Deno.writeTextFile(`${directory}/container.json`, "");
    assert.deepEqual(await listed(box, "-a"), []);
    assert.ok(!exists(directory));
  },
});
