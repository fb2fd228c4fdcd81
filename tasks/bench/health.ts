/**
 * What health checks cost those who run them, beside a shell that does no more
 * than start a process and wait for it, and beside podman.
 *
 * @module
 */
import { sleep } from "../../sys/timer.ts";
import { Bench } from "./bench.ts";
import { output } from "./commands.ts";
import { table } from "./measure.ts";
import { parentOf } from "./memory.ts";
import { Podman } from "./podman.ts";

/** How many are checked, and how often, in seconds. */
const CHECKED = 100, INTERVAL = 5;
/** Seconds until all is as it stays, and seconds of looking. */
const WARM = 30, LOOK = 60;
/** How many are started at the same moment. */
const BATCH = 4;
/** How often podman checks. */
const ROUNDS = 15;

const project = new URL("../../", import.meta.url).pathname;
const rootfs = `${project}bundles/busybox/rootfs`;
const busybox = `${rootfs}/bin/busybox`;

/** Everything that is needed; taken away at the end. */
export class HealthBench implements AsyncDisposable {
  /** Each measures something and returns its table. */
  readonly parts = [() => this.checks()];

  readonly #shells: Deno.ChildProcess[] = [];
  #disposed: Promise<void> | undefined;

  private constructor(
    readonly bench: Bench,
    readonly podman: Podman | undefined,
  ) {}

  static async prepare(): Promise<HealthBench> {
    const bench = await Bench.prepare();
    const { directory, state } = bench;
    return new HealthBench(bench, await Podman.find(directory, state));
  }

  #rkl(...words: string[]): Promise<string> {
    return output(...this.bench.own(), ...words);
  }

  /** Time on a processor that each check takes, its own process left out. */
  async checks(): Promise<string> {
    for (let at = 0; at < CHECKED; at += BATCH) {
      const batch = Array.from(
        { length: BATCH },
        (_, i) => this.#start(at + i),
      );
      await Promise.all(batch);
    }
    const status = await this.#rkl("daemon", "status", "--format", "json");
    const daemon: number = JSON.parse(status).pid;
    await sleep(WARM * 1000);
    const checkers = childrenOf(daemon);
    const shells = this.#shells.map(({ pid }) => pid);
    const groups = { daemon: [daemon], checkers, shells };
    const before = Object.entries(groups).map(([, pids]) => time(pids));
    await sleep(LOOK * 1000);
    const after = Object.entries(groups).map(([, pids]) => time(pids));
    const [own, theirs, peers] = after.map((ms, i) => ms - before[i]!);
    const checks = CHECKED * LOOK / INTERVAL;
    const row = (name: string, ms: number, bar = "") => [
      name,
      ms.toFixed(2),
      (ms * CHECKED / INTERVAL / 10).toFixed(1),
      bar,
    ];
    const podman = await this.#podman();
    return `${CHECKED} health checks, each every ${INTERVAL} s: what a check ` +
      "takes besides its own process\n\n" +
      table(["", "ms of a core", "% of a core", "at most"], [
        row("rkl", (own! + theirs!) / checks, "1.0"),
        row("of that, checkers", theirs! / checks),
        // Its `sleep` is a process, too.
        row("a shell, to start and await `true`", peers! / checks / 2),
        ...podman === undefined ? [] : [row("podman healthcheck run", podman)],
      ]);
  }

  /** A container that is checked, and a shell that does as much. */
  async #start(index: number): Promise<void> {
    const check = ["--health-cmd", "true", "--health-interval", `${INTERVAL}s`];
    const words = ["run", "-d", "--name", `h${index}`, ...check];
    await this.#rkl("container", ...words, rootfs, "sleep", "1000");
    const script = `while :; do ${busybox} true; ${busybox} sleep ${INTERVAL}
      done`;
    const args = ["sh", "-c", script];
    const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const shell = new Deno.Command(busybox, { args, ...silent });
    this.#shells.push(shell.spawn());
  }

  /** The same for a check of podman's, the process of podman included. */
  async #podman(): Promise<number | undefined> {
    const { podman } = this;
    if (!podman) return undefined;
    const check = ["--health-cmd", "true", "--health-interval", "disable"];
    await output(...podman.run("checked", check, rootfs, ["sleep", "1000"]));
    const before = timeOfChildren();
    for (let round = 0; round < ROUNDS; round++) {
      await podman.call("healthcheck", "run", "checked");
    }
    return (timeOfChildren() - before) / ROUNDS;
  }

  /** Removes whatever is there, once; whoever asks again waits too. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposed ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    for (const shell of this.#shells) shell.kill("SIGKILL");
    await Promise.all(this.#shells.map(({ status }) => status));
    await this.podman?.[Symbol.asyncDispose]();
    await this.#rkl("container", "rm", "--force", "--all");
    await this.#rkl("daemon", "stop");
    await this.bench[Symbol.asyncDispose]();
  }
}

function childrenOf(parent: number): number[] {
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name))
    .filter((pid) => {
      try {
        return pid > 0 && parentOf(pid) === parent;
      } catch {
        return false; // it has ended
      }
    });
}

/** Milliseconds that processes ran, as proc(5) has it in schedstat. */
function time(pids: readonly number[]): number {
  const nanoseconds = pids.flatMap((pid) =>
    Array.from(
      Deno.readDirSync(`/proc/${pid}/task`),
      ({ name }) =>
        Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`),
    )
  ).map((text) => Number(text.split(" ")[0]));
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** Milliseconds that children of this process ran that have ended. */
function timeOfChildren(): number {
  const TICK = 10; // USER_HZ is 100 everywhere
  const [, fields = ""] = Deno.readTextFileSync("/proc/self/stat").split(") ");
  const [user, system] = fields.split(" ").slice(13, 15).map(Number);
  return (user! + system!) * TICK;
}
