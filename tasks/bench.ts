/**
 * What rkl costs beside crun, runc and conmon, where they are installed, and
 * beside a Deno program that does nothing. `deno task bench`
 *
 * Everything is measured in this one run, in turns, and printed as Markdown.
 * State is in a temporary directory; containers are deleted at the end, on
 * Ctrl-C too.
 *
 * @module
 */
import { build } from "./build.ts";
import { Bench } from "./bench/bench.ts";
import { makeBundles } from "./bundles.ts";

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

await using bench = await Bench.prepare();
Deno.addSignalListener("SIGINT", async () => {
  await bench[Symbol.asyncDispose]();
  Deno.exit(130);
});
for (const part of bench.parts) console.log(`\n${await part()}`);
