/**
 * What a killed rkl left is repaired without harm to others.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { startSleeper } from "./oci.ts";
import { exists, sandbox } from "./rkl.ts";

Deno.test({
  name: "a creator killed before it had a cgroup takes nobody else's along",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box);
    const root = `${box.directory}/root`;
    const { init: _, ...record } = JSON.parse(
      Deno.readTextFileSync(`${root}/it/state.json`),
    );
    const lost = `${root}/lost`;
    Deno.mkdirSync(lost);
    Deno.writeTextFileSync(`${lost}/lock`, "");
    Deno.writeTextFileSync(
      `${lost}/state.json`,
      JSON.stringify({ ...record, id: "lost" }),
    );
    const { stdout } = await box.rkl("list", "--quiet");
    assert.equal(stdout, "it\n");
    assert(!exists(lost));
    const state = JSON.parse((await box.rkl("state", "it")).stdout);
    assert.deepEqual([state.status, state.pid], ["running", pid]);
  },
});
