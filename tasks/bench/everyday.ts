/**
 * What people do with single containers, beside podman: start one in the
 * background and remove it, run a command in one, list them, start many at
 * once.
 *
 * @module
 */
import { Bench } from "./bench.ts";
import { newNetns } from "../../net/netns.ts";
import { output, outputIn } from "./commands.ts";
import { interleave, quantile, table, timed, timeTable } from "./measure.ts";
import { Podman } from "./podman.ts";

/** How often each is done. */
const ROUNDS = 15;
/** How many there are at once, and how many are started together. */
const CROWD = 500, BATCH = 32;

const project = new URL("../../", import.meta.url).pathname;
const rootfs = `${project}bundles/busybox/rootfs`;
const SLEEP = ["sleep", "1000"];

/** Everything that is needed; taken away at the end. */
export class EverydayBench implements AsyncDisposable {
  /** Each measures something and returns its table. */
  readonly parts = [
    () => this.cycle(),
    () => this.cycleOnNetwork(),
    () => this.exec(),
    () => this.together(),
    () => this.crowd(),
  ];

  #disposed: Promise<void> | undefined;

  private constructor(
    readonly bench: Bench,
    readonly podman: Podman | undefined,
  ) {}

  static async prepare(): Promise<EverydayBench> {
    const bench = await Bench.prepare();
    const { directory, state } = bench;
    return new EverydayBench(bench, await Podman.find(directory, state));
  }

  #rkl(...words: string[]): Promise<string> {
    return output(...this.bench.own(), "container", ...words);
  }

  #start(name: string): Promise<string> {
    return this.#rkl("run", "-d", "--name", name, rootfs, ...SLEEP);
  }

  /** A container that is started in the background, and removed. */
  async cycle(): Promise<string> {
    const { podman } = this;
    const times = await interleave({
      "rkl": timed(async () => {
        await this.#start("one");
        await this.#rkl("rm", "-f", "one");
      }),
      ...podman && {
        "podman": timed(async () => {
          await output(...podman.run("one", [], rootfs, SLEEP));
          await podman.call("rm", "-f", "-t", "0", "one");
        }),
      },
    }, ROUNDS);
    return "`run -d` and `rm -f` of a container that sleeps, with " +
      "`--network none`\n\n" +
      timeTable(times, "podman", {});
  }

  /** The same on the default network of each, as it is without that flag. */
  async cycleOnNetwork(): Promise<string> {
    const { podman, bench: { directory, state } } = this;
    using host = newNetns();
    const roots = ["--root", `${state}/net`, "--data-root", `${directory}/net`];
    const rkl = (...words: string[]) =>
      outputIn(host, `${project}dist/rkl`, ...roots, ...words);
    const words = (network: string) => ["--network", network];
    const name = ["--name", "one"];
    const times = await interleave({
      "rkl": timed(async () => {
        const run = ["run", "-d", ...name, ...words("bridge")];
        await rkl("container", ...run, rootfs, ...SLEEP);
        await rkl("container", "rm", "-f", "one");
      }),
      ...podman && {
        "podman": timed(async () => {
          const run = podman.run("one", words("podman"), rootfs, SLEEP);
          await outputIn(host, ...run);
          await podman.callIn(host, "rm", "-f", "-t", "0", "one");
        }),
      },
    }, ROUNDS);
    await rkl("daemon", "stop");
    return "The same on the default network, a bridge\n\n" +
      timeTable(times, "podman", podman ? { rkl: 0.25 } : {});
  }

  /** One more process in a container. */
  async exec(): Promise<string> {
    const { podman } = this;
    await this.#start("host");
    if (podman) await output(...podman.run("host", [], rootfs, SLEEP));
    const times = await interleave({
      "rkl": timed(() => this.#rkl("exec", "host", "true").then(() => {})),
      ...podman && {
        "podman": timed(() =>
          podman.call("exec", "host", "true").then(() => {})
        ),
      },
    }, ROUNDS);
    await this.#rkl("rm", "-f", "host");
    if (podman) await podman.call("rm", "-f", "-t", "0", "host");
    return "`exec` of `true`\n\n" + timeTable(times, "podman", {});
  }

  /** Many that are started at the same moment. */
  async together(): Promise<string> {
    const start = performance.now();
    const times = await Promise.all(
      Array.from({ length: BATCH }, async (_, i) => {
        await this.#rkl("run", "--rm", "--name", `t${i}`, rootfs, "true");
        return performance.now() - start;
      }),
    );
    times.sort((a, b) => a - b);
    const [median, slowest] = [quantile(times, 0.5), times.at(-1)!];
    return `${BATCH} \`container run\` at the same moment, ms until each was ` +
      "done\n\n" +
      table(["median", "slowest", "ratio", "at most"], [[
        median.toFixed(0),
        slowest.toFixed(0),
        (slowest / median).toFixed(2),
        "2.00",
      ]]);
  }

  /** Many that are there at once. */
  async crowd(): Promise<string> {
    for (let at = 0; at < CROWD; at += BATCH) {
      const batch = Array.from(
        { length: Math.min(BATCH, CROWD - at) },
        (_, i) => this.#start(`c${at + i}`),
      );
      await Promise.all(batch);
    }
    const list = await interleave({
      list: timed(() => this.#rkl("list").then(() => {})),
    }, ROUNDS);
    const measured = async (action: () => Promise<unknown>) => {
      const start = performance.now();
      await action();
      return (performance.now() - start) / 1000;
    };
    const stop = await measured(() => this.#rkl("stop", "-t", "5", "--all"));
    const rows = [
      ["list", (quantile(list.list!, 0.5) / 1000).toFixed(2), "0.30"],
      [
        "stop --all, of programs that ignore TERM for 5 s",
        stop.toFixed(1),
        "30.0",
      ],
      [
        "rm --all",
        (await measured(() => this.#rkl("rm", "--all"))).toFixed(1),
        "",
      ],
    ];
    return `With ${CROWD} containers at once\n\n` +
      table(["", "s", "at most"], rows);
  }

  /** Removes whatever is there, once; whoever asks again waits too. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposed ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    await this.podman?.[Symbol.asyncDispose]();
    await this.bench[Symbol.asyncDispose]();
  }
}
