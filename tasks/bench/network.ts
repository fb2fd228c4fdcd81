/**
 * The parts of the benchmark that are about networks, none of it on this
 * machine's own.
 *
 * @module
 */
import { measureAttachment } from "./attachment.ts";
import { isInstalled } from "./commands.ts";
import { measureConnections } from "./connections.ts";
import { handPath, type Path, rklPath } from "./path.ts";
import { measureThroughput } from "./throughput.ts";

/** Everything the parts need; taken away at the end. */
export class NetworkBench implements AsyncDisposable {
  /** Each measures something and returns its tables. */
  readonly parts = [
    () => measureAttachment(this.directory),
    () => this.throughput(),
    () => this.connections(),
  ];

  readonly #stack = new AsyncDisposableStack();
  #disposed: Promise<void> | undefined;
  #paths: Promise<{ rkl: Path; hand: Path }> | undefined;

  private constructor(readonly directory: string) {
    this.#stack.defer(() => Deno.remove(directory, { recursive: true }));
  }

  static async prepare(): Promise<NetworkBench> {
    return new NetworkBench(await Deno.makeTempDir({ prefix: "rkl-bench-" }));
  }

  /** Bytes a second between containers, and from another host. */
  async throughput(): Promise<string> {
    const missing = await missingOf("iperf3", "ip", "nft");
    if (missing) return `Throughput is not measured: no ${missing} here`;
    const { rkl, hand } = await this.#both();
    return await measureThroughput(this.#stack, rkl, hand);
  }

  /** Connections a second by the number of published ports. */
  async connections(): Promise<string> {
    const missing = await missingOf("ip", "nft");
    if (missing) return `Connections are not measured: no ${missing} here`;
    const { rkl, hand } = await this.#both();
    return await measureConnections(rkl, hand);
  }

  /** Removes whatever is there, once; whoever asks again waits too. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposed ??= this.#stack.disposeAsync();
  }

  #both(): Promise<{ rkl: Path; hand: Path }> {
    return this.#paths ??= (async () => ({
      rkl: await rklPath(this.#stack, this.directory),
      hand: await handPath(this.#stack),
    }))();
  }
}

async function missingOf(...names: string[]): Promise<string | undefined> {
  const installed = await Promise.all(names.map(isInstalled));
  return names.find((_, i) => !installed[i]);
}
