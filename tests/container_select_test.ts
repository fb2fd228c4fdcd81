/**
 * Which containers a command is about, and what is done with several of them:
 * ids, prefixes, filters; restart, pause, rename and prune.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  assertNothingLeft,
  failed,
  inspect,
  launch,
  listed,
  proc,
  ROOTFS,
  startSleeper,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { place } from "./netns.ts";
import { killAfter, sandbox, SILENT } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

Deno.test({
  name: "a container is found by its name, its id, and the beginning of that",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id, pid } = await startSleeper(box, [], "web");
    await startSleeper(box, [], "db");
    for (const word of ["web", id, id.slice(0, 12)]) {
      assert.equal((await inspect(box, word)).pid, pid);
    }
    const latest = await box.rkl("container", "kill", "--latest");
    assert.equal(succeeded(latest), `${(await inspect(box, "db")).id}\n`);
    // Named twice it is stopped once.
    const words = ["stop", "-t", "0", "web", id, id.slice(0, 8)];
    assert.equal(succeeded(await box.rkl("container", ...words)), "web\n");
    failed(
      await box.rkl("container", "rm", "--all", "web"),
      125,
      "container delete: NAMES and --all exclude each other; give one",
    );
    failed(
      await box.rkl("container", "start"),
      125,
      "container start: NAMES is missing; it takes NAMES..., or see --help",
    );
    assert.equal(
      succeeded(await box.rkl("container", "rm", "--all")).split("\n").length,
      3,
    );
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "containers are chosen by --filter, to list, stop and delete them",
  ...native,
  async fn() {
    await using box = sandbox();
    const make = (tier: string) =>
      startSleeper(box, ["-l", `tier=${tier}`], `app-${tier}`);
    const [a, b] = await Promise.all([make("a"), make("b")]);
    assert.deepEqual(await listed(box, "--filter", "label=tier=a"), [a.id]);
    assert.deepEqual(await listed(box, "-f", "name=^app-b"), [b.id]);
    assert.deepEqual(await listed(box, "--latest"), [
      (await listed(box))[0],
    ]);
    const stop = ["stop", "-t", "0", "--filter", "label=tier=a"];
    succeeded(await box.rkl("container", ...stop));
    assert.deepEqual(await listed(box, "--filter", "exited=137"), [a.id]);
    assert.deepEqual(await listed(box), [b.id]);
    const rm = ["rm", "--filter", "status=exited"];
    assert.equal(succeeded(await box.rkl("container", ...rm)), `${a.id}\n`);
  },
});

Deno.test({
  name: "restart ends a container and starts it again, with --rm too",
  ...native,
  async fn() {
    await using box = sandbox();
    const script =
      "trap 'exit 4' TERM; echo begun; while :; do sleep .05; done";
    for (const flags of [[], ["--rm"]]) {
      const id = await launch(box, [...flags, ROOTFS, "sh", "-c", script]);
      const before = await inspect(box, id);
      const logs = async () =>
        succeeded(await box.rkl("container", "logs", id));
      while (!(await logs()).includes("begun")); // its trap is set
      succeeded(await box.rkl("container", "restart", id));
      const after = await inspect(box, id);
      assert.equal(after.status, "running");
      assert.notEqual(after.pid, before.pid);
      while (await logs() !== "begun\nbegun\n");
      succeeded(await box.rkl("container", "stop", id));
      assert.deepEqual(await listed(box, "-a"), flags.length ? [] : [id]);
      await box.rkl("container", "rm", "-f", id);
    }
    // One that does not run is started.
    const { id } = await startSleeper(box);
    succeeded(await box.rkl("container", "kill", id));
    succeeded(await box.rkl("container", "wait", id));
    succeeded(await box.rkl("container", "restart", id));
    assert.equal((await inspect(box, id)).status, "running");
  },
});

Deno.test({
  name: "pause suspends containers, unpause lets them go on",
  ...root,
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box, [], "web");
    succeeded(await box.rkl("container", "pause", "--all"));
    const { stdout } = await box.rkl("container", "ls");
    assert.match(stdout, /Up .* \(Paused\)/);
    failed(
      await box.rkl("container", "pause", "web"),
      125,
      'cannot pause container "web": it is paused; unpause it first',
    );
    assert.equal(succeeded(await box.rkl("c", "unpause", "web")), "web\n");
    failed(
      await box.rkl("container", "unpause", "web"),
      125,
      'cannot unpause container "web": it is running; only a paused one can be',
    );
    assert.match(proc(pid, "comm"), /sleep/);
  },
});

Deno.test({
  name:
    "rename gives a name to be found by, on networks too, and frees the old",
  ...needs("root", "native", "tool:nsenter"),
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    await here.start("web", "--network", "front");
    await here.start("other", "--network", "front");
    const rename = (...words: string[]) =>
      here.rkl("container", "rename", ...words);
    failed(
      await rename("web", "other"),
      125,
      'container "other" already exists; choose another name or delete it',
    );
    failed(await rename("web", "a/b"), 125, /"a\/b" is no container name/);
    failed(
      await rename("web", "web"),
      125,
      'container "web" is called web already',
    );
    assert.equal(succeeded(await rename("web", "shop")), "");
    failed(await here.rkl("container", "inspect", "web"), 125, /not exist/);
    const ask = ["container", "exec", "other", "nslookup"];
    const { stdout } = await here.rkl(...ask, "shop");
    assert.match(stdout, /Name:\s+shop/);
    const { containers } = await here.inspect("front");
    assert.deepEqual(Object.keys(containers).sort(), ["other", "shop"]);
    await here.start("web", "--network", "front");
  },
});

Deno.test({
  name: "kill -9 of rename at random moments leaves one name, and the old free",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box, [], "n0");
    let name = "n0";
    for (let i = 1; i <= 15; i++) {
      const words = ["container", "rename", id, `n${i}`];
      await killAfter(10 + Math.random() * 40, box.spawn(words, SILENT));
      const found = await inspect(box, id);
      assert.ok([name, `n${i}`].includes(found.name), found.name);
      const other = found.name === name ? `n${i}` : name;
      assert.equal((await inspect(box, found.name)).id, id);
      const free = await box.rkl("container", "inspect", other);
      assert.equal(free.code, 125);
      name = found.name;
    }
  },
});

Deno.test({
  name: "container prune deletes what does not run, those that a filter means",
  ...native,
  async fn() {
    await using box = sandbox();
    const ended = async (...flags: string[]) =>
      await inspect(box, await launch(box, [...flags, ROOTFS, "true"]));
    const [old, kept] = [await ended(), await ended("-l", "keep")];
    for (const { id } of [old, kept]) await box.rkl("container", "wait", id);
    const create = ["container", "create", ROOTFS, "true"];
    const created = succeeded(await box.rkl(...create)).trim();
    const { id } = await startSleeper(box);
    const prune = (...words: string[]) =>
      box.rkl("container", "prune", ...words);
    failed(
      await prune(),
      125,
      "container prune: stdin is no terminal on which to ask whether to go " +
        "on; use --force",
    );
    const none = await prune("-f", "--filter", "until=24h");
    assert.equal(succeeded(none), "Total reclaimed space: 0B\n");
    const some = succeeded(await prune("-f", "--filter", "label!=keep"));
    assert.match(
      some,
      new RegExp(
        `^Deleted Containers:\n(?:(?:${old.id}|${created})\n){2}\n` +
          "Total reclaimed space: [1-9]",
      ),
    );
    assert.deepEqual(
      new Set(await listed(box, "-a")),
      new Set([id, kept.id]),
    );
  },
});

Deno.test({
  name: "operands complete to the names of containers, not to their ids",
  ...native,
  async fn() {
    await using box = sandbox();
    for (const name of ["web", "db"]) await startSleeper(box, [], name);
    succeeded(await box.rkl("container", "kill", "web"));
    for (const verb of ["stop", "inspect", "exec"]) {
      const words = await box.rkl("__complete", "--", "container", verb, "");
      assert.equal(succeeded(words), "db\t\nweb\t\n", verb);
    }
  },
});
