/**
 * What rkl costs beside crun, runc and conmon, the CNI plugins, and ip and nft,
 * where they are installed, and beside a Deno program that does nothing.
 * `deno task bench`, or `deno task bench network` for that part alone.
 *
 * Everything is measured in this one run, in turns, and printed as Markdown.
 * State is in a temporary directory, networks in namespaces of their own; what
 * was made is removed at the end, on Ctrl-C too.
 *
 * @module
 */
import { build } from "./build.ts";
import { Bench } from "./bench/bench.ts";
import { EverydayBench } from "./bench/everyday.ts";
import { HealthBench } from "./bench/health.ts";
import { LogBench } from "./bench/logs.ts";
import { NetworkBench } from "./bench/network.ts";
import { makeBundles } from "./bundles.ts";

/** Parts that need the same things. */
interface Parts extends AsyncDisposable {
  readonly parts: readonly (() => Promise<string>)[];
}

/** Prepares the parts of each kind; all are measured unless some are named. */
const KINDS = new Map<string, () => Promise<Parts>>([
  ["container", () => Bench.prepare()],
  ["everyday", () => EverydayBench.prepare()],
  ["health", () => HealthBench.prepare()],
  ["logs", () => LogBench.prepare()],
  ["network", () => NetworkBench.prepare()],
]);

const names = Deno.args.length > 0 ? Deno.args : [...KINDS.keys()];
const unknown = names.find((name) => !KINDS.has(name));
if (unknown !== undefined) {
  const known = [...KINDS.keys()].join(", ");
  console.error(`There is no benchmark "${unknown}"; there are: ${known}.`);
  Deno.exit(1);
}
if (Deno.uid() !== 0) {
  console.error(
    "The benchmark needs root: only root makes namespaces, mounts and cgroups. " +
      "Try sudo.",
  );
  Deno.exit(1);
}
// crun and runc give a container no more than a loopback either.
Deno.env.set("RKL_NETWORK", "none");
await makeBundles();
await build();

let running: AsyncDisposable | undefined;
Deno.addSignalListener("SIGINT", async () => {
  await running?.[Symbol.asyncDispose]();
  Deno.exit(130);
});
for (const name of names) {
  await using bench = await KINDS.get(name)!();
  running = bench;
  for (const part of bench.parts) console.log(`\n${await part()}`);
}
