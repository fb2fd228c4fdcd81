/**
 * The journal: what happens to containers is in it, each thing once and in
 * order, whoever is killed.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  failed,
  IMAGE,
  inspect,
  killNow,
  launch,
  monitorOf,
  nameIn,
  ROOTFS,
  sleeper,
  startSleeper,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { place } from "./netns.ts";
import { eventually, sandbox } from "./rkl.ts";
import { actionsOf, type Event, eventsIn } from "./events.ts";

const root = needs("root");
const native = needs("root", "native");

/** Lines of events without what differs each time. */
function plain(lines: string): string {
  return lines.replaceAll(/^\S+Z /gm, "TIME ")
    .replaceAll(/ [0-9a-f]{64} /g, " ID ");
}

Deno.test({
  name: "events: a container's life, from its making to its removal",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const create = ["container", "create", "--name", name, "-l", "tier=web"];
    const before = Math.floor(Date.now() / 1000);
    succeeded(await box.rkl(...create, IMAGE, "sleep", "1000"));
    succeeded(await box.rkl("container", "start", name));
    succeeded(await box.rkl("container", "kill", name));
    succeeded(await box.rkl("container", "wait", name));
    succeeded(await box.rkl("container", "start", name));
    succeeded(await box.rkl("container", "pause", name));
    succeeded(await box.rkl("container", "unpause", name));
    succeeded(await box.rkl("container", "restart", "-t", "0", name));
    const renamed = nameIn(box, "renamed");
    succeeded(await box.rkl("container", "rename", name, renamed));
    succeeded(await box.rkl("container", "stop", "-t", "0", renamed));
    succeeded(await box.rkl("container", "delete", renamed));
    const events = await eventsIn(box);
    assert.deepEqual(actionsOf(events, renamed), [
      "rename",
      "kill 9",
      "die 137",
      "stop",
      "destroy",
    ]);
    assert.deepEqual(actionsOf(events, name), [
      "create",
      "start",
      "kill 9",
      "die 137",
      "start",
      "pause",
      "unpause",
      "kill 9",
      "die 137",
      "stop",
      "start",
      "restart",
    ]);
    const [first] = events;
    assert.deepEqual(first!.Actor.Attributes, {
      tier: "web",
      image: IMAGE,
      name,
    });
    assert(before <= first!.time && first!.time <= Date.now() / 1000);
  },
});

Deno.test({
  name: "events: what runs to its end, and what never runs",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const [ran, absent, unstarted] = ["r", "a", "u"].map((suffix) =>
      nameIn(box, suffix)
    ) as [string, string, string];
    const run = ["container", "run", "--rm", "--name"];
    assert.equal(
      (await box.rkl(...run, ran, IMAGE, "sh", "-c", "exit 3")).code,
      3,
    );
    assert.equal((await box.rkl(...run, absent, IMAGE, "missing")).code, 127);
    succeeded(
      await box.rkl("container", "create", "--name", unstarted, IMAGE, "true"),
    );
    succeeded(await box.rkl("container", "delete", "--force", unstarted));
    const events = await eventsIn(box);
    const bounds = ["--since", "1h", "--until", new Date().toISOString()];
    const format = ["--format", "{{.Action}}"];
    assert.deepEqual(
      succeeded(await box.rkl("events", ...bounds, ...format)).trimEnd()
        .split("\n"),
      events.map(({ Action }) => Action),
    );
    assert(events.every(({ Actor }) => /^[0-9a-f]{64}$/.test(Actor.ID)));
    assert.deepEqual(
      [ran, absent, unstarted].map((name) => actionsOf(events, name)),
      [
        ["create", "start", "die 3", "destroy"],
        ["create", "destroy"],
        ["create", "destroy"],
      ],
    );
  },
});

Deno.test({
  name: "events: the end is noted though no rkl is there, or its monitor",
  ...root,
  async fn() {
    await using box = sandbox();
    const [alone, killed] = [nameIn(box, "a"), nameIn(box, "k")];
    await launch(box, ["--name", alone, ROOTFS, "sh", "-c", "exit 5"]);
    const { pid } = await startSleeper(box, [], killed);
    killNow([monitorOf({ pid: pid! })]);
    await eventually("both ended", async () => {
      const ended = await Promise.all(
        [alone, killed].map((name) => inspect(box, name)),
      );
      return ended.every(({ status }) => status === "stopped");
    });
    const events = await eventsIn(box, "--filter", "event=die");
    assert.deepEqual(actionsOf(events, alone), ["die 5"]);
    assert.deepEqual(actionsOf(events, killed), ["die 137"]);
    // Whoever looks again notes nothing again.
    await inspect(box, killed);
    assert.deepEqual(await eventsIn(box, "--filter", "event=die"), events);
  },
});

Deno.test({
  name: "events: what is executed in a container, and how it ended",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await startSleeper(box, [], name);
    const exec = ["container", "exec", name, "sh", "-c", "exit 3"];
    assert.equal((await box.rkl(...exec)).code, 3);
    const filters = ["exec_create", "exec_start", "exec_die"]
      .flatMap((event) => ["--filter", `event=${event}`]);
    const events = await eventsIn(box, ...filters);
    assert.deepEqual(actionsOf(events, name), [
      "exec_create: sh -c exit 3",
      "exec_start: sh -c exit 3",
      "exec_die 3",
    ]);
    const ids = new Set(events.map(({ Actor }) => Actor.Attributes.execID));
    assert.equal(ids.size, 1);
    assert.match([...ids][0]!, /^[0-9a-f]{64}$/);
  },
});

Deno.test({
  name: "events: of a long command that is executed the beginning is told",
  ...native,
  async fn() {
    await using box = sandbox();
    const { name } = await startSleeper(box);
    const long = "x".repeat(100_000);
    const exec = await box.rkl("container", "exec", name, "echo", long);
    assert.equal(succeeded(exec), `${long}\n`);
    const begun = (await eventsIn(box))
      .filter(({ Action }) => Action.startsWith("exec_start"));
    const [{ Action, Actor: { Attributes } }] = begun as [Event];
    assert.match(Action, /^exec_start: echo x{2043}$/);
    assert.equal(Attributes.name, name);
  },
});

Deno.test({
  name: "events: a network's making, who is put on it and off, its end",
  ...needs("root", "tool:nsenter", "native"),
  async fn() {
    await using here = place();
    succeeded(
      await here.network("create", "--subnet", "10.9.8.0/24", "front"),
    );
    const run = ["container", "create", "--name", "web", "--network", "front"];
    const { stdout } = await here.rkl(...run, ROOTFS, "sleep", "1000");
    const id = stdout.trimEnd();
    succeeded(
      await here.network("create", "--subnet", "10.9.9.0/24", "back"),
    );
    succeeded(await here.network("connect", "back", "web"));
    succeeded(await here.network("disconnect", "back", "web"));
    succeeded(await here.network("remove", "back"));
    const events = await eventsIn(here.box, "--filter", "network=back");
    assert.deepEqual(
      events.map(({ Action, Actor: { Attributes } }) => [
        Action,
        Attributes.name,
        Attributes.container,
      ]),
      [
        ["create", "back", undefined],
        ["connect", "back", id],
        ["disconnect", "back", id],
        ["destroy", "back", undefined],
      ],
    );
  },
});

Deno.test({
  name: "events: a kill for want of memory is told",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const words = ["--name", name, "-m", "8Mi", IMAGE, "sh", "-c"];
    const hog = "x=x; while :; do x=$x$x; done";
    assert.equal((await box.rkl("container", "run", ...words, hog)).code, 137);
    await inspect(box, name);
    const events = await eventsIn(box, "--filter", `container=${name}`);
    assert.deepEqual(actionsOf(events, name).slice(1), [
      "start",
      "die 137",
      "oom",
    ]);
  },
});

Deno.test({
  name: "events: printed as they come, those that are asked for",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const since = new Date().toISOString();
    const filters = ["--filter", "event=start", "--filter", "event=destroy"];
    const child = box.spawn(["events", "--since", since, ...filters], {
      stdin: "null",
      stdout: "piped",
    });
    let text = "";
    const reading = (async () => {
      for await (const chunk of child.stdout) {
        text += new TextDecoder().decode(chunk);
      }
    })();
    const shows = (...actions: string[]) => {
      const lines = actions.map((action) =>
        `TIME container ${action} ID (image=${ROOTFS}, name=${name})\n`
      );
      const isShown = () => plain(text) === lines.join("");
      return eventually(`${actions} shown`, isShown, 60);
    };
    succeeded(await box.rkl(...sleeper(name)));
    await shows("start");
    succeeded(await box.rkl("container", "delete", "--force", name));
    await shows("start", "destroy");
    child.kill("SIGTERM");
    await child.status;
    await reading;
  },
});

Deno.test({
  name: "events: a word that is none is told what there is",
  ...needs("native"),
  async fn() {
    await using box = sandbox();
    failed(
      await box.rkl("events", "--filter", "colour=red"),
      125,
      /^rkl: events: --filter colour=red: must be container=NAME, .*label=KEY/,
    );
    failed(
      await box.rkl("events", "--since", "yesterday"),
      125,
      /^rkl: events: --since yesterday: must be a duration such as 90s/,
    );
  },
});

Deno.test({
  name: "events: a time that was printed is the end of a period, and its start",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    succeeded(await box.rkl("volume", "create", "data"));
    const words = ["events", "--follow=false"];
    const line = succeeded(await box.rkl(...words));
    const [time] = line.split(" ") as [string];
    for (const bounds of [["--until", time], ["--since", time]]) {
      assert.equal(succeeded(await box.rkl(...words, ...bounds)), line);
    }
  },
});
