/**
 * Restart policies: what ends runs again, as docker has it, whatever becomes of
 * the daemon and of the host.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  AS_OTHER_USER,
  type Details,
  failed,
  inspect as inspectAny,
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
import { place } from "./netns.ts";
import { setRestartPolicy } from "../container/restart/set.ts";
import { eventually, exists, type Sandbox, sandbox } from "./rkl.ts";

const root = needs("root");
const native = needs("root", "native");

type Kept = Details & {
  restart: { name: string; maximumRetryCount?: number };
  restartCount: number;
  error?: string;
};

async function inspect(box: Sandbox, name: string): Promise<Kept> {
  return await inspectAny(box, name) as Kept;
}

/** Runs a shell script that is restarted. */
function run(box: Sandbox, name: string, policy: string, script: string) {
  const flags = ["--name", name, "--restart", policy];
  return launch(box, [...flags, ROOTFS, "sh", "-c", script]);
}

/** Waits until a container is so. */
async function until(
  box: Sandbox,
  name: string,
  what: string,
  holds: (details: Kept) => boolean,
  seconds?: number,
): Promise<Kept> {
  let found!: Kept;
  const look = async () => holds(found = await inspect(box, name));
  await eventually(`${name} ${what}`, look, seconds);
  return found;
}

function daemonOf(box: Sandbox): Promise<number | undefined> {
  return box.rkl("daemon", "status", "--format", "json")
    .then(({ stdout }) => JSON.parse(stdout).pid);
}

/** What a boot leaves: the data, and nothing that runs. */
async function boot(box: Sandbox): Promise<void> {
  const pid = await daemonOf(box);
  if (pid !== undefined) killNow([pid]);
  const gone = () => {
    killNow(processesOf(box.directory));
    return processesOf(box.directory).length === 0;
  };
  await eventually("nothing runs", gone);
  for (const { name } of Deno.readDirSync(`${box.directory}/root`)) {
    if (name.startsWith(".")) continue;
    // Its cgroups would be gone as well.
    succeeded(await box.rkl("delete", "--force", name));
  }
  Deno.removeSync(`${box.directory}/root`, { recursive: true });
}

const RECORDS_ITS_START = "cat /proc/uptime >> /starts; exit 7";

Deno.test({
  name: "on-failure:3 starts it three times more, each after twice the time",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await run(box, name, "on-failure:3", RECORDS_ITS_START);
    const waits = await until(
      box,
      name,
      "waits",
      ({ status }) => status === "restarting",
      5,
    );
    assert.deepEqual(waits.restart, {
      name: "on-failure",
      maximumRetryCount: 3,
    });
    const list = succeeded(await box.rkl("container", "list"));
    assert.match(list, new RegExp(` (Restarting|Up) .* ${name}$`, "m"));
    const over = await until(
      box,
      name,
      "gave up",
      ({ status }) => status === "stopped",
    );
    assert.deepEqual([over.exitCode, over.restartCount], [7, 3]);
    const upper = `${box.directory}/data/containers/${over.id}/upper`;
    const starts = Deno.readTextFileSync(`${upper}/starts`).trim().split("\n")
      .map((line) => Number(line.split(" ")[0]));
    const pauses = starts.slice(1).map((at, i) => at - starts[i]!);
    assert.equal(pauses.length, 3);
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
    await run(box, done, "on-failure", "exit 0");
    await run(box, no, "no", "exit 1");
    for (const name of [done, no]) {
      await until(box, name, "ended", ({ status }) => status === "stopped");
      assert.equal((await inspect(box, name)).restartCount, 0);
    }
    const { id } = await inspect(box, no);
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
    const first = await inspect(box, name);
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
    await run(box, name, "always", AS_OTHER_USER);
    const first = await inspect(box, name);
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
    await run(box, waits, "unless-stopped", "exit 1");
    await until(
      box,
      waits,
      "failed often",
      ({ restartCount, status }) =>
        restartCount >= 3 && status === "restarting",
    );
    succeeded(await box.rkl("container", "kill", runs));
    succeeded(await box.rkl("container", "stop", "-t", "0", waits));
    assert.equal((await inspect(box, waits)).status, "stopped");
    // Longer than either would have waited.
    await new Promise((done) => setTimeout(done, 1500));
    for (const name of [runs, waits]) {
      assert.equal((await inspect(box, name)).status, "stopped", name);
    }
    succeeded(await box.rkl("container", "start", runs));
    const again = await inspect(box, runs);
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
    const script = "trap 'exit 3' HUP; while :; do sleep 0.1; done";
    await run(box, name, "always", script);
    const { pid } = await inspect(box, name);
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
    await run(box, name, "always", "exit 1");
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
    assert.equal((await inspect(box, name)).error, undefined);
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
    await run(box, flaps, "always", "exit 1");
    await until(
      box,
      flaps,
      "waits long",
      ({ restartCount, status }) =>
        restartCount >= 4 && status === "restarting",
    );
    await setRestartPolicy(store, flaps, { name: "no" });
    await new Promise((done) => setTimeout(done, 1500));
    const { status, restart } = await inspect(box, flaps);
    assert.deepEqual([status, restart.name], ["stopped", "no"]);
    succeeded(await box.rkl(...sleeper(passes, "--rm")));
    await assert.rejects(
      setRestartPolicy(store, passes, { name: "always" }),
      { message: /^Restart policy cannot be updated because AutoRemove/ },
    );
  },
});

Deno.test({
  name: "the daemon removes what was to go with its end",
  ...native,
  async fn() {
    await using box = sandbox();
    const keeps = (suffix: string) =>
      box.rkl(...sleeper(nameIn(box, suffix), "--restart", "always"));
    succeeded(await keeps("a"));
    const name = nameIn(box, "passes");
    const id = await launch(box, [
      "--rm",
      "--name",
      name,
      ROOTFS,
      "sleep",
      "1",
    ]);
    const directory = `${box.directory}/data/containers/${id}`;
    assert.ok(exists(directory));
    // It looks only now and then.
    await new Promise((done) => setTimeout(done, 6000));
    succeeded(await keeps("b"));
    await eventually("it is gone", () => !exists(directory), 5);
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
    const { status, restartCount } = await inspect(box, name);
    assert.deepEqual([status, restartCount], ["stopped", 0]);
  },
});

Deno.test({
  name: "a boot starts what ran, but not what was stopped, or only failed",
  ...root,
  async fn() {
    await using box = sandbox();
    const policies = {
      always: ["--restart", "always"],
      unless: ["--restart", "unless-stopped"],
      failure: ["--restart", "on-failure"],
      none: [],
    };
    const name = (key: string) => nameIn(box, key);
    for (const [key, flags] of Object.entries(policies)) {
      succeeded(await box.rkl(...sleeper(name(key), ...flags)));
      if (key === "none") continue;
      const stopped = name(`${key}-stopped`);
      succeeded(await box.rkl(...sleeper(stopped, ...flags)));
      succeeded(await box.rkl("container", "stop", "-t", "0", stopped));
    }
    const created = ["container", "create", "--name", name("created")];
    succeeded(
      await box.rkl(...created, "--restart", "always", ROOTFS, "sleep", "1000"),
    );
    await boot(box);
    succeeded(await box.rkl("daemon", "start"));
    const states = async () => {
      const json = await box.rkl("container", "list", "-a", "--format", "json");
      const all: { Names: string; State: string }[] = succeeded(json).trim()
        .split("\n").map((line) => JSON.parse(line));
      const prefix = name("").length;
      return Object.fromEntries(
        all.map(({ Names, State }) => [Names.slice(prefix), State]),
      );
    };
    await eventually("they run", async () => {
      const running = Object.values(await states())
        .filter((status) => status === "running");
      return running.length === 3;
    });
    const expected = {
      always: "running",
      // As docker has it: it is what always means.
      "always-stopped": "running",
      unless: "running",
      "unless-stopped": "exited",
      failure: "exited",
      "failure-stopped": "exited",
      none: "exited",
      created: "exited",
    };
    assert.deepEqual(await states(), expected);
    // It is one boot, however many daemons there are.
    succeeded(
      await box.rkl("container", "stop", "-t", "0", name("always-stopped")),
    );
    killNow([(await daemonOf(box))!]);
    assert.deepEqual(await states(), {
      ...expected,
      "always-stopped": "exited",
    });
    await new Promise((done) => setTimeout(done, 500));
    assert.equal((await states())["always-stopped"], "exited");
  },
});

Deno.test({
  name: "one on a network is restarted with its address and its port",
  ...needs("root", "tool:nsenter", "native"),
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    await here.start(
      "web",
      ...["--network", "front", "-p", "8080:80", "--restart", "always"],
    );
    const before = (await inspectAny(here.box, "web")) as Kept;
    killNow([before.pid!]);
    let after!: Kept;
    await eventually("it runs again", async () => {
      const found = await here.rkl("container", "inspect", "web");
      after = JSON.parse(succeeded(found))[0].rkl;
      return after.status === "running" && after.pid !== before.pid;
    });
    assert.deepEqual(after.networks, before.networks);
    assert.deepEqual(here.published(), ["8080/tcp"]);
  },
});

Deno.test({
  name: "kill -9 of the daemon at random changes no count and loses no life",
  ...native,
  async fn() {
    await using box = sandbox();
    const names = ["a", "b", "c", "d"].map((suffix) => nameIn(box, suffix));
    const most = 5;
    for (const name of names) {
      await run(
        box,
        name,
        `on-failure:${most}`,
        "echo life; sleep 0.05; exit 1",
      );
    }
    const over = async () => {
      const found = await Promise.all(names.map((name) => inspect(box, name)));
      return found.every(({ status }) => status === "stopped");
    };
    let killed = 0;
    await eventually("all have given up", async () => {
      await new Promise((done) => setTimeout(done, Math.random() * 300));
      const pid = await daemonOf(box);
      if (pid !== undefined) {
        killNow([pid]);
        killed++;
      }
      return await over(); // the first of these has another daemon
    }, 60);
    assert.ok(killed >= 3, `${killed}`);
    for (const name of names) {
      const { restartCount, exitCode } = await inspect(box, name);
      assert.deepEqual([restartCount, exitCode], [most, 1], name);
      const log = succeeded(await box.rkl("container", "logs", name));
      assert.equal(log, "life\n".repeat(most + 1), name);
    }
  },
});
