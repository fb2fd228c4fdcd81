/**
 * Writes `dist/rkl`, one executable that needs nothing but libc. `deno task build`
 *
 * It is what `deno compile` makes where the base for that, denort, can be had:
 * at the path `DENORT_BIN`, or by download. Elsewhere it is the Deno executable
 * this runs in, with the program and a start of rkl's own added to it.
 *
 * @module
 */
import { bundle, partsOf } from "./build/bundle.ts";
import { addSegment, readExecutable } from "./build/elf.ts";
import { buildSegment } from "./build/image.ts";
import { AT } from "./build/start.ts";

/** How long to wait for denort, in milliseconds. */
const DOWNLOAD_TIME = 60_000;

const target = new URL("../dist/rkl", import.meta.url).pathname;

/** Builds `dist/rkl` and returns how. */
export async function build(): Promise<"compiled" | "packed"> {
  await Deno.mkdir(new URL("../dist/", import.meta.url), { recursive: true });
  const directory = await Deno.makeTempDir({ prefix: "rkl-build-" });
  // beside the target, so that it can take its place at once
  const output = `${target}.${Deno.pid}`;
  try {
    await bundle(new URL("build/entry.ts", import.meta.url), directory);
    const compiled = await compile(`${directory}/entry.js`, output);
    if (!compiled) await pack(directory, output);
    await Deno.rename(output, target);
    return compiled ? "compiled" : "packed";
  } finally {
    await Deno.remove(directory, { recursive: true });
    await Deno.remove(output).catch(() => {}); // there only if this failed
  }
}

/** Runs `deno compile`; false if there is no denort. */
async function compile(entry: string, output: string): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--no-config",
      "--allow-all",
      "--no-prompt",
      "--no-code-cache",
      `--output=${output}`,
      entry,
    ],
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(DOWNLOAD_TIME),
  }).output();
  return success;
}

/** Writes this Deno with the program that was bundled into `directory`. */
async function pack(directory: string, output: string): Promise<void> {
  const executable = readExecutable(await Deno.readFile(Deno.execPath()));
  const parts = await partsOf(directory);
  const segment = await buildSegment(executable, parts, "./entry.js");
  using file = await Deno.open(output, {
    write: true,
    createNew: true,
    mode: 0o755,
  });
  for (const piece of addSegment(executable, segment, AT.code)) {
    for (let at = 0; at < piece.length;) {
      at += await file.write(piece.subarray(at));
    }
  }
}

if (import.meta.main) {
  const how = await build();
  const { size } = await Deno.stat(target);
  console.log(
    how === "compiled"
      ? `dist/rkl: compiled on denort, ${size} bytes`
      : `dist/rkl: packed into the Deno executable, as there is no denort, ${size} bytes`,
  );
}
