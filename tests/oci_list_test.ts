/**
 * `rkl list` and `rkl ps`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { leaveRunning, membersOf, startSleeper } from "./oci.ts";
import { eventually, makeBundle, sandbox } from "./rkl.ts";

Deno.test({
  name: "list prints a table, ids, or the states as JSON",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const { pid, bundle } = await startSleeper(box, () => {}, "b");
    const other = await makeBundle(`${box.directory}/a`);
    await leaveRunning(box, "create", "--bundle", other, "a");
    const [table, quiet, json] = await Promise.all([
      box.rkl("list"),
      box.rkl("list", "-q"),
      box.rkl("list", "-f", "json"),
    ]);
    const lines = table.stdout.trimEnd().split("\n");
    assert.deepEqual(lines[0]!.split(/ +/), [
      "ID",
      "PID",
      "STATUS",
      "BUNDLE",
      "CREATED",
    ]);
    assert.match(lines[1]!, new RegExp(`^a +\\d+ +created +${other} +\\d`));
    assert.match(lines[2]!, new RegExp(`^b +${pid} +running +${bundle} +\\d`));
    assert.equal(quiet.stdout, "a\nb\n");
    const states = JSON.parse(json.stdout);
    assert.deepEqual(
      states.map(({ id, status }: Record<string, string>) => [id, status]),
      [["a", "created"], ["b", "running"]],
    );
  },
});

Deno.test({
  name: "list of no containers is an empty table, nothing, or []",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const [table, quiet, json] = await Promise.all([
      box.rkl("list"),
      box.rkl("list", "-q"),
      box.rkl("list", "-f", "json"),
    ]);
    assert.match(table.stdout, /^ID +PID +STATUS +BUNDLE +CREATED\n$/);
    assert.equal(quiet.stdout, "");
    assert.deepEqual(JSON.parse(json.stdout), []);
  },
});

Deno.test({
  name: "ps lists the processes of a container by their pids on the host",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box, (config) => {
      config.process.args = ["sh", "-c", "sleep 1000 & wait"];
    });
    await eventually("both run", () => membersOf(box).length === 2);
    const [json, table] = await Promise.all([
      box.rkl("ps", "--format", "json", "it"),
      box.rkl("ps", "it", "-o", "pid,comm"),
    ]);
    const pids = JSON.parse(json.stdout);
    assert.equal(pids.length, 2);
    assert(pids.includes(pid));
    const rows = table.stdout.trim().split("\n").map((line) => line.trim());
    assert.deepEqual(
      rows.slice(1).map((row) => Number(row.split(" ")[0])),
      pids,
    );
  },
});
