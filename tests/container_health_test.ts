/**
 * Health checks: what they say of a container, and what follows.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  failed,
  killNow,
  launch,
  nameIn,
  proc,
  processesOf,
  ROOTFS,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import {
  checked,
  daemonOf,
  failing,
  inspectKept,
  type Kept,
  until,
} from "./kept.ts";
import { eventually, sandbox } from "./rkl.ts";

const root = needs("root");
const native = needs("root", "native");

Deno.test({
  name: "a check runs in the container, and says how it is",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "echo $MARK $(pwd) $(id -u); test ! -e /tmp/ill";
    await checked(
      box,
      name,
      script,
      ...["-e", "MARK=here", "-w", "/tmp", "-u", "7", "--tmpfs", "/tmp"],
    );
    assert.match(
      succeeded(await box.rkl("container", "list")),
      new RegExp(` Up .* \\((health: starting|healthy)\\) .* ${name}$`, "m"),
    );
    const well = await until(
      box,
      name,
      "is healthy",
      ({ health, healthState }) =>
        health === "healthy" && healthState!.Log.length === 5,
    );
    const { FailingStreak, Log } = well.healthState!;
    assert.equal(FailingStreak, 0);
    for (const { Start, End, ExitCode, Output } of Log) {
      assert.deepEqual([ExitCode, Output], [0, "here /tmp 7\n"]);
      assert.ok(Date.parse(Start) <= Date.parse(End));
    }
    succeeded(await box.rkl("container", "exec", name, "touch", "/tmp/ill"));
    const ill = await until(
      box,
      name,
      "is unhealthy",
      ({ health }) => health === "unhealthy",
    );
    assert.ok(ill.healthState!.FailingStreak >= 2);
    assert.equal(ill.healthState!.Log.at(-1)!.ExitCode, 1);
    assert.match(
      succeeded(await box.rkl("container", "list")),
      /\(unhealthy\)/,
    );
  },
});

Deno.test({
  name: "a check that takes too long is killed with all it has started",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await checked(
      box,
      name,
      "echo begun; setsid sleep 456 & sleep 456 & sleep 456",
      ...["--health-timeout", "1s", "--health-retries", "1"],
    );
    const ill = await until(
      box,
      name,
      "is unhealthy",
      ({ health }) => health === "unhealthy",
    );
    const { ExitCode, Output } = ill.healthState!.Log[0]!;
    assert.equal(ExitCode, -1);
    assert.equal(Output, "Health check exceeded timeout (1s): begun\n");
    // There is a new check every now and then, but never an old one.
    await eventually(
      "no check is left",
      () => !processesOf(box.directory).some((pid) => sleeps(pid, "456")),
    );
  },
});

function sleeps(pid: number, seconds: string): boolean {
  try {
    return proc(pid, "cmdline").split("\0").includes(seconds);
  } catch {
    return false; // it has ended
  }
}

Deno.test({
  name: "a check that writes much, or cannot be run, is told of as docker does",
  ...native,
  async fn() {
    await using box = sandbox();
    const [loud, none] = [nameIn(box, "loud"), nameIn(box, "none")];
    await checked(box, loud, "yes | head -c 300000");
    const file = `${box.directory}/none.yaml`;
    Deno.writeTextFileSync(
      file,
      `image: ${ROOTFS}
args: [sleep, "1000"]
healthcheck:
  test: [CMD, /not/there]
  interval: 200ms
  retries: 1
`,
    );
    await launch(box, ["--name", none, file]);
    const { healthState } = await until(
      box,
      loud,
      "is healthy",
      ({ health }) => health === "healthy",
    );
    const { Output } = healthState!.Log[0]!;
    assert.equal(Output, "y\n".repeat(2048) + "...");
    const ill = await until(
      box,
      none,
      "is unhealthy, and why is told", // by the daemon, a moment later
      ({ health, healthState }) =>
        health === "unhealthy" && healthState!.Log[0]!.Output !== "",
    );
    const { ExitCode, Output: message } = ill.healthState!.Log[0]!;
    assert.equal(ExitCode, -1);
    assert.match(message, /\/not\/there/);
  },
});

Deno.test({
  name: "kill, restart and stop are done to what is unhealthy",
  ...native,
  async fn() {
    await using box = sandbox();
    const ill = "test ! -e /ill";
    const actions = ["kill", "restart", "stop"];
    const name = (action: string) => nameIn(box, action);
    for (const action of actions) {
      await checked(box, name(action), ill, "--health-on-failure", action);
    }
    const policy = nameIn(box, "policy");
    const always = ["--restart", "always", "--health-on-failure", "kill"];
    await checked(box, policy, ill, ...always);
    const before = await inspectKept(box, name("restart"));
    for (const one of [...actions.map(name), policy]) {
      await until(box, one, "is healthy", ({ health }) => health === "healthy");
      succeeded(await box.rkl("container", "exec", one, "touch", "/ill"));
    }
    for (const action of ["kill", "stop"]) {
      const { exitCode, restartCount } = await until(
        box,
        name(action),
        "has ended",
        ({ status }) => status === "stopped",
      );
      assert.deepEqual([exitCode, restartCount], [137, 0]);
    }
    for (const one of [name("restart"), policy]) {
      await until(
        box,
        one,
        "runs again",
        ({ status, pid, restartCount }) =>
          status === "running" && pid !== before.pid && restartCount >= 1,
      );
    }
  },
});

Deno.test({
  name: "another daemon goes on from what the one before has found",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await checked(box, name, "exit 3", "--health-retries", "1000");
    const before = await failing(box, name, 3);
    killNow([(await daemonOf(box))!]);
    const after = await failing(box, name, before.FailingStreak + 1);
    assert.equal(after.Status, "starting");
    assert.equal(after.Log.length, Math.min(5, after.FailingStreak));
  },
});

Deno.test({
  name: "a container that is paused is not checked, and one that ended neither",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await checked(box, name, "true");
    await until(box, name, "is healthy", ({ health }) => health === "healthy");
    succeeded(await box.rkl("container", "pause", name));
    const last = (await inspectKept(box, name)).healthState!.Log.at(-1)!;
    await new Promise((done) => setTimeout(done, 700));
    const paused = await inspectKept(box, name);
    const since = paused.healthState!.Log.filter(({ Start }) =>
      Start > last.End
    );
    assert.ok(since.length <= 1, JSON.stringify(since)); // it was on its way
    assert.equal(paused.health, "healthy");
    succeeded(await box.rkl("container", "unpause", name));
    await until(
      box,
      name,
      "is checked again",
      ({ healthState }) =>
        healthState!.Log.at(-1)!.Start > paused.healthState!.Log.at(-1)!.Start,
    );
    succeeded(await box.rkl("container", "stop", name));
    const { health, healthState } = await inspectKept(box, name);
    assert.deepEqual([health, healthState], [undefined, undefined]);
  },
});

Deno.test({
  name: "flags change the check of a file, or have none",
  ...native,
  async fn() {
    await using box = sandbox();
    const file = `${box.directory}/checked.yaml`;
    Deno.writeTextFileSync(
      file,
      `image: ${ROOTFS}
args: [sleep, "1000"]
restart: on-failure:2
healthcheck: { test: "true", interval: 1h, retries: 7 }
`,
    );
    const [some, none] = [nameIn(box, "some"), nameIn(box, "none")];
    const flags = ["--name", some, "--health-interval", "250ms"];
    await launch(box, [...flags, "--restart", "no", file]);
    await launch(box, ["--name", none, "--no-healthcheck", file]);
    const found = await until(
      box,
      some,
      "is healthy",
      ({ health }) => health === "healthy",
    ) as Kept & Record<string, unknown>;
    assert.partialDeepStrictEqual(found.healthcheck, {
      test: ["/bin/sh", "-c", "true"],
      interval: 250,
      retries: 7,
    });
    assert.deepEqual(found.restart, { name: "no" });
    const unchecked = await inspectKept(box, none) as
      & Kept
      & Record<string, unknown>;
    assert.equal(unchecked.healthcheck, undefined);
    assert.deepEqual(unchecked.restart, {
      name: "on-failure",
      maximumRetryCount: 2,
    });
    const run = (...words: string[]) =>
      box.rkl("container", "run", ...words, ROOTFS, "true");
    failed(
      await run("--no-healthcheck", "--health-cmd", "true"),
      125,
      "container run: --no-healthcheck conflicts with --health-* options",
    );
    failed(
      await run("--health-interval", "5"),
      125,
      /--health-interval 5: must be a duration such as 30s/,
    );
    failed(
      await run("--health-interval", "5s"),
      125,
      /interval is said of a check that there is not; give its command with --health-cmd/,
    );
  },
});
