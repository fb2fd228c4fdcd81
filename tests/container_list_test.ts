/**
 * `rkl container list`, `inspect` and `state`.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  IMAGE,
  inspect,
  nameIn,
  ROOTFS,
  startSleeper,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { sandbox } from "./rkl.ts";

/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

Deno.test({
  name: "container list: nothing but the head where there is nothing",
  ...native,
  async fn() {
    await using box = sandbox();
    const [table, quiet, json] = await Promise.all([
      box.rkl("container", "list"),
      box.rkl("container", "list", "-q"),
      box.rkl("container", "list", "--format", "json"),
    ]);
    assert.match(
      succeeded(table),
      /^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES\n$/,
    );
    assert.equal(succeeded(quiet), "");
    assert.equal(succeeded(json), "");
  },
});

Deno.test({
  name: "container list: a table, ids, or JSON; ended ones with --all",
  ...native,
  async fn() {
    await using box = sandbox();
    const [ended, running] = [nameIn(box, "a"), nameIn(box, "b")];
    const words = ["--name", ended, "-l", "tier=web", IMAGE, "sh", "-c"];
    await box.rkl("container", "run", ...words, "exit 3");
    const { id, pid } = await startSleeper(box, [], running);

    const [table, all, quiet, json] = await Promise.all([
      box.rkl("c", "ls"),
      box.rkl("container", "list", "--all"),
      box.rkl("container", "ps", "-q"),
      box.rkl("container", "list", "-a", "--format=json"),
    ]);
    const rows = (text: string) =>
      text.trimEnd().split("\n").slice(1).map((line) => line.split(/ {3,}/));
    const ago =
      /^(Less than a second|1 second|\d+ seconds|About a minute) ago$/;
    const [[short, image, command, created, status, name], ...rest] = rows(
      succeeded(table),
    ) as [string[]];
    assert.deepEqual([short, image, command, name, rest], [
      id.slice(0, 12),
      ROOTFS,
      '"sleep 1000"',
      running,
      [],
    ]);
    assert.match(created!, ago);
    assert.match(status!, /^Up (Less than a second|1 second|\d+ seconds)$/);
    assert.equal(succeeded(quiet), `${short}\n`);
    // The one that was made last comes first.
    const [, second] = rows(succeeded(all));
    assert.deepEqual(
      [second![1], second![2], second![5]],
      [
        IMAGE,
        "\"sh -c 'exit 3'\"",
        ended,
      ].map((text) => text.replaceAll("'", "")),
    );
    assert.match(second![4]!, /^Exited \(3\) .* ago$/);

    const [one, two] = succeeded(json).trimEnd().split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual([one.ID, one.Names, one.State, one.Pid], [
      id,
      running,
      "running",
      pid,
    ]);
    assert.deepEqual([two.Names, two.State, two.ExitCode, two.Labels], [
      ended,
      "exited",
      3,
      "tier=web",
    ]);
  },
});

Deno.test({
  name: "container inspect tells of several containers, all that is known",
  ...native,
  async fn() {
    await using box = sandbox();
    const [one, two] = [nameIn(box, "1"), nameIn(box, "2")];
    const image = [ROOTFS, "sleep", "1000"];
    await Promise.all(
      [one, two].map((name) =>
        box.rkl("container", "create", "--name", name, ...image)
      ),
    );
    const result = await box.rkl("container", "inspect", two, one);
    const found = JSON.parse(succeeded(result))
      // deno-lint-ignore no-explicit-any -- what was printed
      .map(({ rkl }: any) => rkl);
    // deno-lint-ignore no-explicit-any -- what was printed
    assert.deepEqual(found.map(({ name, status }: any) => [name, status]), [
      [two, "created"],
      [one, "created"],
    ]);
    const { cgroups, config, logPath, logging, oomKilled } = found[0];
    for (const path of Object.values(cgroups) as string[]) {
      assert.ok(Deno.statSync(path).isDirectory, path);
    }
    assert.deepEqual(config.process.args, ["sleep", "1000"]);
    assert.equal(config.root.path, ROOTFS);
    assert.deepEqual(
      Array.from(Deno.readDirSync(logPath), ({ name }) => name),
      ["000000000001"],
    );
    assert.equal(logging.driver, "local");
    assert.equal(oomKilled, false);
  },
});

Deno.test({
  name: "rkl's OCI verbs see the containers of `rkl container`",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id, pid } = await startSleeper(box);
    const [list, state] = await Promise.all([
      box.rkl("list", "-q"),
      box.rkl("state", id),
    ]);
    assert.equal(succeeded(list), `${id}\n`);
    assert.equal(JSON.parse(succeeded(state)).pid, pid);

    succeeded(await box.rkl("pause", id));
    assert.equal((await inspect(box, id)).status, "paused");
    const { stderr } = await box.rkl("container", "start", id);
    const message = `cannot start container "${id}": it is paused; `;
    assert.equal(stderr, `rkl: ${message}unpause it instead\n`);
    succeeded(await box.rkl("container", "stop", "-t", "1", id));
    assert.equal((await inspect(box, id)).exitCode, 137);
  },
});
