/**
 * What programs in a container get as stdin, stdout and stderr: theirs to open
 * anew, while what is the host's stays as it is.
 *
 * @module
 */
import assert from "node:assert/strict";
import { nameIn, ROOTFS, run, sleeper, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { checked, until } from "./kept.ts";
import { runIn } from "./oci.ts";
import { eventually, sandbox } from "./rkl.ts";

/** Sets a mode that /dev/null has already: what that changes is its ctime. */
const CHANGE = 'chmod 666 /dev/stdin 2>&1 | grep -o "Read-only"';
const REFUSED = "Read-only\n";

Deno.test({
  name: "the mode of the host's /dev/null is not a container's to change",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const before = Deno.statSync("/dev/null").ctime;
    const name = nameIn(box);
    const rkl = async (...words: string[]) =>
      succeeded(await box.rkl("container", ...words));
    const masked = "cd /proc; for i in timer_list keys sched_debug; do " +
      "[ ! -e $i ] || chmod 666 $i 2>/dev/null; done; " + CHANGE;
    const script = ["sh", "-c", masked];
    assert.equal(succeeded(await box.rkl(...run(ROOTFS, ...script))), REFUSED);
    succeeded(await box.rkl(...sleeper(name)));
    assert.equal(await rkl("exec", name, "sh", "-c", CHANGE), REFUSED);
    const told = `(${CHANGE}) > /told`;
    await rkl("exec", "-d", name, "sh", "-c", told);
    await eventually("it was refused there, too", async () => {
      const { stdout } = await box.rkl(
        "container",
        "exec",
        name,
        "cat",
        "/told",
      );
      return stdout === REFUSED;
    });
    const bundled = await runIn(box, (config) => {
      config.process.args = ["sh", "-c", CHANGE];
    });
    assert.equal(bundled.stdout, REFUSED);
    await checked(box, "ill", CHANGE);
    const { healthState } = await until(
      box,
      "ill",
      "was checked",
      ({ healthState }) => healthState!.Log.length > 0,
    );
    assert.equal(healthState!.Log[0]!.Output, REFUSED);
    assert.deepEqual(Deno.statSync("/dev/null").ctime, before);
  },
});

Deno.test({
  name: "who is not root may open its stdin, stdout and stderr anew",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const script = "cat /dev/stdin > /dev/stdout; echo err > /dev/stderr";
    const shell = ["sh", "-c", script];
    const expected = { code: 0, stdout: "in\n", stderr: "err\n" };
    const ask = (...words: string[]) => box.run(words, { stdin: "in\n" });
    const flags = ["-i", "-u", "1000"];
    assert.deepEqual(await ask(...run(...flags, ROOTFS, ...shell)), expected);
    const name = nameIn(box);
    const health = ["--health-cmd", "echo well > /dev/stdout"];
    const often = ["--health-interval", "200ms"];
    const start = sleeper(name, "-u", "1000", ...health, ...often);
    succeeded(await box.rkl(...start));
    const exec = ["container", "exec", ...flags, name, ...shell];
    assert.deepEqual(await ask(...exec), expected);
    const bundled = await runIn(box, (config) => {
      config.process.user = { uid: 1000, gid: 1000 };
      config.process.args = ["sh", "-c", "echo out > /dev/stdout"];
    });
    assert.equal(bundled.stdout, "out\n");
    const { healthState } = await until(
      box,
      name,
      "was checked",
      ({ healthState }) => healthState!.Log.length > 0,
    );
    assert.equal(healthState!.Log[0]!.Output, "well\n");
  },
});
