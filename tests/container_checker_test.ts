/**
 * Checkers, the processes that run health checks: what they do with time and
 * output, and what is left when they or the daemon die.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  isAlive,
  killNow,
  nameIn,
  proc,
  processesThat,
  ROOTFS,
  succeeded,
} from "./container.ts";
import { STATE } from "../container/health/results.ts";
import { HEALTH_STATUSES } from "../container/health/state.ts";
import { checkersOf } from "./daemon.ts";
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

const results = ({ healthState }: Kept) => healthState!.Log;

Deno.test({
  name: "a checker that is killed is followed by another, which goes on",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await checked(box, name, "exit 3", "--health-retries", "1000");
    await failing(box, name, 2);
    const [checker, ...others] = checkersOf((await daemonOf(box))!);
    assert.deepEqual(others, []);
    killNow([checker!]);
    const { FailingStreak } = (await inspectKept(box, name)).healthState!;
    const { Status } = await failing(box, name, FailingStreak + 2);
    assert.equal(Status, "starting");
    assert.equal(checkersOf((await daemonOf(box))!).length, 1);
  },
});

Deno.test({
  name: "a checker ends with its daemon, and with its container",
  ...root,
  async fn() {
    await using box = sandbox();
    const [one, other] = [nameIn(box, "one"), nameIn(box, "other")];
    await checked(box, one, "sleep 654");
    await checked(box, other, "true");
    await until(box, other, "is healthy", ({ health }) => health === "healthy");
    const checkers = checkersOf((await daemonOf(box))!);
    assert.equal(checkers.length, 2);
    succeeded(await box.rkl("container", "stop", other));
    await eventually(
      "one is left",
      () => checkers.filter(isAlive).length === 1,
    );
    // Before: whoever looks at it has it checked again.
    const { pid } = await inspectKept(box, one);
    const namespace = Deno.readLinkSync(`/proc/${pid}/ns/pid`);
    killNow([(await daemonOf(box))!]);
    await eventually("none is left", () => !checkers.some(isAlive));
    // Nor is what it ran.
    await eventually(
      "no check is left",
      () =>
        processesThat((pid) =>
          Deno.readLinkSync(`/proc/${pid}/ns/pid`) === namespace &&
          proc(pid, "cmdline").includes("654")
        ).length === 0,
    );
  },
});

Deno.test({
  name: "a check that writes without end is killed in time",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await checked(box, name, "yes", "--health-timeout", "900ms");
    const found = await until(
      box,
      name,
      "was checked",
      (details) => results(details).length > 0,
    );
    const { ExitCode, Output, Start, End } = results(found)[0]!;
    assert.equal(ExitCode, -1);
    const told = "Health check exceeded timeout (900ms): ";
    assert.equal(Output, told + "y\n".repeat(2048) + "...");
    const took = Date.parse(End) - Date.parse(Start);
    assert.ok(took >= 900 && took < 5000, `${took} ms`);
  },
});

Deno.test({
  name: "a check may take its time, write much, and close its output",
  ...native,
  async fn() {
    await using box = sandbox();
    const scripts: [script: string, output: string | RegExp][] = [
      ["echo a; sleep 0.7; echo b", "a\nb\n"],
      [
        "yes | head -c 200000; sleep 0.7; yes | head -c 200000",
        /^(y\n){2048}\.\.\.$/,
      ],
      ["echo c; exec >&- 2>&-; sleep 0.7", "c\n"],
      ["echo d >&2; (sleep 5; echo late) & true", "d\n"],
      [": >> /dev/stdout", ""],
      ["kill -9 $$", ""],
    ];
    const names = scripts.map((_, index) => nameIn(box, `n${index}`));
    await Promise.all(
      scripts.map(([script], index) => checked(box, names[index]!, script)),
    );
    for (const [index, [script, output]] of scripts.entries()) {
      const found = await until(
        box,
        names[index]!,
        "was checked",
        (details) => results(details).length > 0,
      );
      const { ExitCode, Output, Start, End } = results(found)[0]!;
      assert.equal(ExitCode, script.startsWith("kill") ? 137 : 0, script);
      if (typeof output === "string") assert.equal(Output, output, script);
      else assert.match(Output, output, script);
      const took = Date.parse(End) - Date.parse(Start);
      assert.ok(took < 4000, `${script} took ${took} ms`);
    }
  },
});

/** Failures count after 2 s, until which checks are frequent; then they are not. */
const STARTING = [
  ...["--health-start-period", "2s", "--health-start-interval", "100ms"],
  ...["--health-retries", "1", "--health-interval", "1h"],
];

Deno.test({
  name: "while a container starts, failures do not count and checks are fast",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const begin = Date.now();
    await checked(box, name, "exit 1", ...STARTING);
    const early = await until(
      box,
      name,
      "was checked thrice",
      (details) => results(details).length >= 3,
    );
    assert.equal(early.health, "starting");
    assert.equal(early.healthState!.FailingStreak, 0);
    const later = await until(
      box,
      name,
      "is unhealthy",
      ({ health }) => health === "unhealthy",
    );
    const [last] = results(later).slice(-1);
    const age = Date.parse(last!.Start) - begin;
    assert.ok(age >= 2000, `${age} ms`);
    // One that is known to be ill is looked at as seldom as any other.
    await new Promise((done) => setTimeout(done, 500));
    assert.deepEqual(results(await inspectKept(box, name)).at(-1), last);
  },
});

Deno.test({
  name:
    "a check that ends after the start period, and began in it, is no last one",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await checked(box, name, "sleep 1.5; exit 1", ...STARTING);
    const isIll = ({ health }: Kept) => health === "unhealthy";
    await until(box, name, "is unhealthy", isIll);
  },
});

Deno.test({
  name: "a check that was paused with its container is not too late",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const script = "echo x >> /tmp/begun; sleep 0.7";
    const limits = ["--health-timeout", "1s", "--tmpfs", "/tmp"];
    await checked(box, name, script, ...limits);
    const begun = async () => {
      const { code } = await box.rkl(
        ...["container", "exec", name, "test", "-s", "/tmp/begun"],
      );
      return code === 0;
    };
    await eventually("a check has begun", begun);
    succeeded(await box.rkl("container", "pause", name));
    await new Promise((done) => setTimeout(done, 1500));
    succeeded(await box.rkl("container", "unpause", name));
    const found = await until(
      box,
      name,
      "was checked",
      (details) => results(details).length > 0,
    );
    assert.equal(results(found)[0]!.ExitCode, 0);
    assert.equal(found.healthState!.FailingStreak, 0);
  },
});

Deno.test({
  name: "a check that hangs is too late, though it was paused meanwhile",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const limits = ["--health-timeout", "1s", "--tmpfs", "/tmp"];
    const script = "echo x >> /tmp/begun; sleep 1000";
    await checked(box, name, script, ...limits);
    await eventually("a check has begun", async () => {
      const test = ["test", "-s", "/tmp/begun"];
      return (await box.rkl("container", "exec", name, ...test)).code === 0;
    });
    succeeded(await box.rkl("container", "pause", name));
    await new Promise((done) => setTimeout(done, 1500));
    succeeded(await box.rkl("container", "unpause", name));
    await failing(box, name, 1);
  },
});

Deno.test({
  name: "what a daemon was killed before it did is done by the next",
  ...root,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const action = ["--health-on-failure", "stop"];
    await checked(box, name, "true", ...action);
    const { id } = await until(
      box,
      name,
      "is healthy",
      ({ health }) => health === "healthy",
    ) as Kept & { id: string };
    const daemon = (await daemonOf(box))!;
    const checkers = checkersOf(daemon);
    killNow([daemon]);
    // One may be about to note what it has found.
    await eventually("its checker has ended", () => !checkers.some(isAlive));
    // As its checker leaves it with a bad check.
    const file = `${box.directory}/root/${id}/health`;
    using results = Deno.openSync(file, { write: true });
    results.seekSync(STATE.status, Deno.SeekMode.Start);
    results.writeSync(Uint8Array.of(HEALTH_STATUSES.indexOf("unhealthy")));
    await until(box, name, "is stopped", ({ status }) => status === "stopped");
  },
});

Deno.test({
  name: "a check finds a place where the container gave its controllers away",
  ...needs("root", "cgroup-v2"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const check = ["--health-cmd", "cat /proc/self/cgroup"];
    const often = ["--health-interval", "2s"];
    // A check may be in the way, and gone the next time.
    const script = `until test -e /go; do sleep 0.1; done
      cd /sys/fs/cgroup && mkdir inner && echo 1 > inner/cgroup.procs
      until echo +memory > cgroup.subtree_control; do sleep 0.1; done
      exec sleep 1000`;
    const words = ["run", "-d", "--privileged", "--name", name];
    const program = [ROOTFS, "sh", "-c", script];
    succeeded(
      await box.rkl("container", ...words, ...check, ...often, ...program),
    );
    const last = (details: Kept) => results(details).at(-1)?.Output;
    await until(
      box,
      name,
      "is checked",
      (details) => last(details) === "0::/\n",
      30,
    );
    succeeded(await box.rkl("container", "exec", name, "touch", "/go"));
    await until(
      box,
      name,
      "is checked again",
      (details) => last(details) === "0::/inner\n",
      60,
    );
  },
});
