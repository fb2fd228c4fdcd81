/**
 * Commands at random, many at once, with `kill -9` of rkl, of the daemon, of
 * monitors and of checkers: at the end every log is in order, every exit code is
 * known, and nothing is left.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  assertNothingLeft,
  type Details,
  inspect,
  killNow,
  monitorOf,
  proc,
  ROOTFS,
  succeeded,
} from "./container.ts";
import { checkersOf, daemonsOf } from "./daemon.ts";
import { needs } from "./facts.ts";
import { isGone } from "../sys/process.ts";
import { exists, killAfter, type Sandbox, sandbox, SILENT } from "./rkl.ts";

/** Seconds for which it goes on. */
const DURATION = 120;
/** Those who give commands, each one after the other. */
const USERS = 3;
/** Half of them are started again when they end. */
const NAMES = ["a", "b", "c", "d", "e", "f"];
const POLICIES = ["no", "always"];
/** Some are checked. */
const CHECK = ["--health-cmd", "true", "--health-interval", "300ms"];
/** How often rkl is killed, and the longest it has until then, in ms. */
const KILLED = 0.35, LONGEST = 150;

/** Writes lines in order, and notes how far it has come; TERM ends it with 7. */
const SCRIPT = `echo 0 > "/out/$ME"
trap 'exit 7' TERM
echo begin
i=0
while :; do i=$((i+1)); echo "line $i"; echo "$i" > "/out/$ME"; sleep 0.01; done`;

/** What users do, and how often. */
const COMMANDS: readonly (readonly [weight: number, ...words: string[]])[] = [
  [4, "start"],
  [3, "stop", "-t", "1"],
  [4, "restart", "-t", "1"],
  [2, "kill", "-s", "TERM"],
  [1, "kill"],
  [1, "pause"],
  [2, "unpause"],
];

/** What rkl may answer when another did something in between. */
const EXPECTED = [
  /it is (created|creating|running|paused|stopped|restarting)/,
  /is about to/,
  /ended before/,
];

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]!;
}

const BAG = COMMANDS.flatMap(([weight, ...words]) =>
  Array.from({ length: weight }, () => words)
);

/** One thing a user does; what fails and should not is returned. */
async function act(box: Sandbox): Promise<string | undefined> {
  const name = pick(NAMES);
  const chance = Math.random();
  if (chance < 0.04) killNow(daemonsOf(box));
  else if (chance < 0.05) killNow(daemonsOf(box).flatMap(checkersOf));
  else if (chance < 0.1) await killMonitor(box, name);
  else if (chance < 0.2) await follow(box, name);
  else if (chance < 0.3) {
    const words = ["container", "exec", name, "echo", "here"];
    return unexpected(words, await box.rkl(...words));
  } else {
    const words = ["container", ...pick(BAG), name];
    if (Math.random() < KILLED) {
      const delay = Math.random() * LONGEST;
      await killAfter(delay, box.spawn(words, SILENT));
      return undefined;
    }
    return unexpected(words, await box.rkl(...words));
  }
}

function unexpected(
  words: string[],
  { code, stdout, stderr }: { code: number; stdout: string; stderr: string },
): string | undefined {
  if (code === 0 || EXPECTED.some((pattern) => pattern.test(stderr))) {
    return undefined;
  }
  // One that was killed while it ran in a container that ended.
  if (words.includes("exec") && code === 137) return undefined;
  return `${words.join(" ")}: ${code} ${stdout} ${stderr}`;
}

async function killMonitor(box: Sandbox, name: string): Promise<void> {
  const { pid } = await inspect(box, name);
  if (pid === undefined) return;
  try {
    const monitor = monitorOf({ pid });
    const isOurs = proc(monitor, "comm") === "rkl-monitor\n";
    if (isOurs) killNow([monitor]);
  } catch (error) {
    if (!isGone(error)) throw error; // it has ended
  }
}

async function follow(box: Sandbox, name: string): Promise<void> {
  const words = ["container", "logs", "-f", "--tail", "5", name];
  await killAfter(Math.random() * 1000, box.spawn(words, SILENT));
}

/** Asserts that what each life wrote is there in order, and returns the last. */
function lastLine(name: string, log: string): number {
  let last = 0;
  for (const line of log.trimEnd().split("\n")) {
    if (line === "begin") last = 0;
    else {
      assert.equal(line, `line ${last + 1}`, `${name} after line ${last}`);
      last++;
    }
  }
  return last;
}

/** Asserts what is to be true once all have ended. */
async function assertWhole(
  box: Sandbox,
  name: string,
  { status, exitCode }: Details,
): Promise<void> {
  assert.equal(status, "stopped", name);
  assert.ok(exitCode === 7 || exitCode === 137, `${name} ended ${exitCode}`);
  const logs = await box.rkl("container", "logs", name);
  const last = lastLine(name, succeeded(logs));
  const mark = `${box.directory}/out/${name}`;
  // What it noted it had written before.
  if (exitCode === 7 && exists(mark)) {
    const noted = Number(Deno.readTextFileSync(mark));
    assert.ok(last >= noted, `${name} wrote ${noted} lines, ${last} are there`);
  }
}

Deno.test({
  name: "two minutes of commands at random, with kill -9, lose nothing",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    Deno.mkdirSync(`${box.directory}/out`);
    const make = (name: string, index: number) =>
      box.rkl(
        ...["container", "run", "-d", "--name", name, "-e", `ME=${name}`],
        ...["--restart", POLICIES[index % POLICIES.length]!],
        ...index % 3 === 0 ? CHECK : [],
        ...["-v", `${box.directory}/out:/out`, ROOTFS, "sh", "-c", SCRIPT],
      );
    (await Promise.all(NAMES.map(make))).forEach(succeeded);
    const deadline = Date.now() + DURATION * 1000;
    const failures: string[] = [];
    let acts = 0;
    const user = async () => {
      for (; Date.now() < deadline; acts++) {
        const failure = await act(box);
        if (failure !== undefined) failures.push(failure);
      }
      // What it has paused last, another's exec may wait for.
      await box.rkl("container", "unpause", "--all");
    };
    await Promise.all(Array.from({ length: USERS }, user));
    assert.deepEqual(failures, []);
    assert.ok(acts > DURATION, `${acts} commands`);
    succeeded(await box.rkl("container", "stop", "-t", "5", "--all"));
    for (const name of NAMES) {
      await assertWhole(box, name, await inspect(box, name));
    }
    succeeded(await box.rkl("container", "rm", "--force", "--all"));
    succeeded(await box.rkl("daemon", "stop"));
    assertNothingLeft(box);
  },
});
