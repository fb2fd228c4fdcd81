/**
 * The journal where rkl, or a monitor, is killed: what happened is in it all the
 * same, once and in order.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  killNow,
  monitorOf,
  nameIn,
  ROOTFS,
  sleeper,
  startSleeper,
  succeeded,
} from "./container.ts";
import { EMULATED, needs } from "./facts.ts";
import { killAfter, sandbox, SILENT } from "./rkl.ts";
import { actionsOf, eventsIn } from "./events.ts";

Deno.test({
  name:
    "events: what was killed before it noted a making was made all the same",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const [whole, half] = [nameIn(box, "whole"), nameIn(box, "half")];
    const create = ["container", "create", "--name", whole, ROOTFS, "true"];
    const id = succeeded(await box.rkl(...create)).trimEnd();
    const data = `${box.directory}/data`;
    const file = `${data}/containers/${id}/container.json`;
    const container = JSON.parse(Deno.readTextFileSync(file));
    // All that is there of one at that moment.
    const other = id.replaceAll(/./g, "0");
    Deno.mkdirSync(`${data}/containers/${other}`);
    Deno.writeTextFileSync(`${data}/containers/${other}/lock`, "");
    Deno.writeTextFileSync(
      `${data}/containers/${other}/container.json`,
      JSON.stringify({ ...container, id: other, name: half }),
    );
    Deno.symlinkSync(`../containers/${other}`, `${data}/names/${half}`);
    const list = ["container", "list", "-aq", "--no-trunc"];
    assert.equal(succeeded(await box.rkl(...list)), `${id}\n`);
    const events = await eventsIn(box);
    assert.deepEqual(actionsOf(events, half), ["create", "destroy"]);
    assert.deepEqual(actionsOf(events, whole), ["create"]);
  },
});

Deno.test({
  name: "events: kill -9 of rkl and of monitors at random loses no end",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const times = EMULATED ? 6 : 40;
    const begin = performance.now();
    const whole = await startSleeper(box, [], nameIn(box, "whole"));
    const longest = 1.5 * (performance.now() - begin);
    const names = Array.from({ length: times }, (_, i) => nameIn(box, `x${i}`));
    let killed = 0;
    for (const [i, name] of names.entries()) {
      const words = i % 2 === 0
        ? sleeper(name)
        : ["container", "run", "-d", "--name", name, ROOTFS, "sleep", "0.05"];
      // The first ends in its own time, however slow it is.
      const delay = i === 0 ? 60_000 : Math.random() * longest;
      await killAfter(delay, box.spawn(words, SILENT));
      if (i % 4 === 0) {
        const words = ["container", "inspect", "-f", "{{.State.Pid}}", name];
        const pid = Number((await box.rkl(...words)).stdout);
        if (pid) {
          killNow([monitorOf({ pid })]);
          killed++;
        }
      }
    }
    // Who looks repairs what was half made, and notes what was not.
    succeeded(await box.rkl("container", "list", "-a"));
    succeeded(await box.rkl("container", "delete", "--force", ...names));
    const events = await eventsIn(box);
    for (const name of names) {
      const actions = actionsOf(events, name)
        .map((action) => action.replace(/ \d+$/, ""))
        .join(" ");
      assert.match(
        actions,
        /^(create (start die )?destroy)?$/,
        `${name}: ${actions}`,
      );
    }
    assert(killed > 0, "no monitor was killed");
    assert.deepEqual(actionsOf(events, whole.name), ["create", "start"]);
  },
});
