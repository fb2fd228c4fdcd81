/**
 * What a container writes, and how fast it is kept: beside podman's k8s-file,
 * which conmon writes.
 *
 * @module
 */
import { Bench } from "./bench.ts";
import { output } from "./commands.ts";
import { interleave, quantile, table, timed } from "./measure.ts";
import { Podman } from "./podman.ts";

/** How often each writes how much. */
const ROUNDS = 5, BYTES = 2 ** 30, FILE_BYTES = 2 ** 26;

/** A line of text, as logs have it. */
const LINE = `${"0123456789".repeat(8).slice(1)}\n`;

const project = new URL("../../", import.meta.url).pathname;
const rootfs = `${project}bundles/busybox/rootfs`;

/** Everything that is needed; taken away at the end. */
export class LogBench implements AsyncDisposable {
  /** Each measures something and returns its table. */
  readonly parts = [() => this.throughput()];

  #disposed: Promise<void> | undefined;

  private constructor(
    readonly bench: Bench,
    readonly podman: Podman | undefined,
  ) {}

  static async prepare(): Promise<LogBench> {
    const bench = await Bench.prepare();
    const count = Math.floor(FILE_BYTES / LINE.length);
    await Deno.mkdir(`${bench.directory}/in`);
    await Deno.writeTextFile(`${bench.directory}/in/lines`, LINE.repeat(count));
    const { directory, state } = bench;
    return new LogBench(bench, await Podman.find(directory, state));
  }

  /** From the start of a container to its end, and its log is whole. */
  async throughput(): Promise<string> {
    const { podman } = this;
    const keepAll = ["--log-opt", "max-size=-1"];
    const times = await interleave({
      "rkl": timed(() => this.#rkl()),
      "rkl, all of it kept": timed(() => this.#rkl(...keepAll)),
      ...podman && { "podman, k8s-file": timed(() => this.#byPodman(podman)) },
    }, ROUNDS);
    const rate = (values: readonly number[]) =>
      BYTES / 1e6 / (quantile(values, 0.5) / 1000);
    const other = times["podman, k8s-file"];
    const rows = Object.entries(times).map(([name, values]) => [
      name,
      rate(values).toFixed(0),
      rate(values.slice(-1)).toFixed(0),
      rate(values.slice(0, 1)).toFixed(0),
      other ? (rate(values) / rate(other)).toFixed(2) : "",
      other && values !== other ? "2.00" : "",
    ]);
    return `A container that writes 1 GiB to stdout, ${ROUNDS} times, from its ` +
      "start to its end\n\n" +
      table(["", "MB/s", "least", "most", "of podman", "at least"], rows);
  }

  async #rkl(...flags: string[]): Promise<void> {
    const { bench } = this;
    const rkl = [...bench.own(), "container"];
    const run = ["run", "-d", "--name", "log", ...this.#input(), ...flags];
    await output(...rkl, ...run, rootfs, ...this.#writer());
    await output(...rkl, "wait", "log");
    await output(...rkl, "delete", "log");
  }

  async #byPodman(podman: Podman): Promise<void> {
    const run = podman.run("log", this.#input(), rootfs, this.#writer());
    await output(...run);
    await podman.call("wait", "log");
    await podman.call("rm", "log");
  }

  #input(): string[] {
    return ["-v", `${this.bench.directory}/in:/in:ro`];
  }

  #writer(): string[] {
    const times = BYTES / FILE_BYTES;
    const script = `for i in $(seq ${times}); do cat /in/lines; done`;
    return ["sh", "-c", script];
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
