/**
 * `rkl container stop`: by which signal, how long it waits, and for whom.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  assertNothingLeft,
  inspect,
  isAlive,
  launch,
  nameIn,
  ROOTFS,
  startSleeper,
  succeeded,
  untilTrapped,
} from "./container.ts";
import { needs } from "./facts.ts";
import { lockExclusive, O, open } from "../sys/fd.ts";
import { eventually, type Result, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

/** Ends at TERM with code 3; says so when it is ready. */
const POLITE = "trap 'exit 3' TERM; while :; do sleep 0.05; done";
/** Takes no notice of TERM. */
const STUBBORN = "trap '' TERM; while :; do sleep 0.05; done";

Deno.test({
  name: "container stop asks by the stop signal, and waits for the end",
  ...root,
  async fn() {
    await using box = sandbox();
    const [term, usr1] = [nameIn(box, "term"), nameIn(box, "usr1")];
    const trap = "trap 'exit 4' USR1; while :; do sleep 0.05; done";
    await launch(box, ["--name", term, ROOTFS, "sh", "-c", POLITE]);
    const signal = ["--name", usr1, "--stop-signal", "USR1"];
    await launch(box, [...signal, ROOTFS, "sh", "-c", trap]);
    await untilTrapped(box, [term, usr1]);

    const stopped = await box.rkl("container", "stop", term, usr1);
    assert.equal(succeeded(stopped), `${term}\n${usr1}\n`);
    const ends = await Promise.all(
      [term, usr1].map((name) => inspect(box, name)),
    );
    assert.deepEqual(ends.map(({ status, exitCode }) => [status, exitCode]), [
      ["stopped", 3],
      ["stopped", 4],
    ]);
  },
});

Deno.test({
  name: "container stop kills what has not ended in time",
  ...native,
  async fn() {
    await using box = sandbox();
    const [asked, own] = [nameIn(box, "asked"), nameIn(box, "own")];
    await launch(box, ["--name", asked, ROOTFS, "sh", "-c", STUBBORN]);
    const timeout = ["--stop-timeout", "0", "--name", own];
    await launch(box, [...timeout, ROOTFS, "sh", "-c", STUBBORN]);
    await untilTrapped(box, [asked]);

    const begin = performance.now();
    succeeded(await box.rkl("container", "stop", "-t", "1", asked));
    assert.ok(performance.now() - begin > 1000, "it waited");
    succeeded(await box.rkl("container", "stop", own));
    assert.equal((await inspect(box, asked)).exitCode, 137);
    assert.equal((await inspect(box, own)).exitCode, 137);
    // one that has ended is left alone
    succeeded(await box.rkl("container", "stop", own));
  },
});

Deno.test({
  name: "stop lets a paused one end in its own way, and one not started be",
  ...root,
  async fn() {
    await using box = sandbox();
    const [paused, created] = [nameIn(box, "p"), nameIn(box, "c")];
    const script = `echo ready; ${POLITE}`;
    await launch(box, ["--name", paused, ROOTFS, "sh", "-c", script]);
    await eventually("it takes TERM", async () => {
      const { stdout } = await box.rkl("c", "logs", paused);
      return stdout === "ready\n";
    });
    succeeded(await box.rkl("c", "pause", paused));
    const words = ["--name", created, ROOTFS, "sleep", "1000"];
    succeeded(await box.rkl("c", "create", ...words));
    succeeded(await box.rkl("c", "stop", "-t", "60", paused, created));
    assert.equal((await inspect(box, paused)).exitCode, 3);
    succeeded(await box.rkl("c", "stop", "--all"));
    assert.equal((await inspect(box, created)).status, "created");
  },
});

Deno.test({
  name: "a stop while another restarts it comes after that",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "trap 'echo TERM' TERM; while :; do sleep 0.05; done";
    await launch(box, ["--name", name, ROOTFS, "sh", "-c", script]);
    await eventually("it takes TERM", async () => {
      await box.rkl("c", "kill", "-s", "TERM", name);
      return (await box.rkl("c", "logs", name)).stdout.includes("TERM");
    });
    const times = async () =>
      (await box.rkl("c", "logs", name)).stdout.split("TERM").length;
    const before = await times();
    const restart = box.rkl("c", "restart", "-t", "3", name);
    await eventually("it is restarted", async () => await times() > before);
    succeeded(await box.rkl("c", "stop", "-t", "0", name));
    succeeded(await restart);
    assert.equal((await inspect(box, name)).status, "stopped");
  },
});

Deno.test({
  name: "of several, one that another is at does not keep the others",
  ...native,
  async fn() {
    await using box = sandbox();
    const [one, two] = [nameIn(box, "1"), nameIn(box, "2")];
    const { id, pid } = await startSleeper(box, [], one);
    await startSleeper(box, [], two);
    let gone: Promise<Result>;
    {
      using lock = open(`${box.directory}/data/containers/${id}/lock`, O.RDWR);
      lockExclusive(lock);
      gone = box.rkl("c", "rm", "--force", one, two);
      const isGone = async () => (await box.rkl("c", "inspect", two)).code > 0;
      await eventually("the other is removed", isGone);
      assert.ok(isAlive(pid!));
    }
    assert.equal(succeeded(await gone), `${one}\n${two}\n`);
    assertNothingLeft(box);
  },
});
