/**
 * What is kept running, whatever becomes of the daemon and of the host.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  inspect,
  killNow,
  launch,
  nameIn,
  ROOTFS,
  sleeper,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { boot, daemonOf, inspectKept, type Kept, runKept } from "./kept.ts";
import { place } from "./netns.ts";
import { eventually, exists, sandbox } from "./rkl.ts";

const native = needs("root", "native");

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
  name: "a boot starts what ran, but not what was stopped, or only failed",
  ...native,
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
    const before = (await inspect(here.box, "web")) as Kept;
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
      await runKept(
        box,
        name,
        `on-failure:${most}`,
        "echo life; sleep 0.05; exit 1",
      );
    }
    const over = async () => {
      const found = await Promise.all(
        names.map((name) => inspectKept(box, name)),
      );
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
      const { restartCount, exitCode } = await inspectKept(box, name);
      assert.deepEqual([restartCount, exitCode], [most, 1], name);
      const log = succeeded(await box.rkl("container", "logs", name));
      assert.equal(log, "life\n".repeat(most + 1), name);
    }
  },
});
