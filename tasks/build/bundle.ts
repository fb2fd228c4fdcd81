/**
 * The program as text: bundled, minified and split, so that a command reads its
 * own part only.
 *
 * @module
 */

/** Says what the imports mean. */
const CONFIG = new URL("../../deno.json", import.meta.url);

/** A part of the program. */
export interface Part {
  /** As other parts call it, such as `./run-K3VX.js`. */
  name: string;
  /** A statement: `define(name, body)`. */
  text: string;
  /** What the body requires: other parts and Node's modules. */
  requires: string[];
}

/**
 * Bundles `entry` into ECMAScript modules below `directory`, ready to be
 * minified: see {@linkcode keepUsing}.
 */
export async function bundle(entry: URL, directory: string): Promise<void> {
  await deno(
    "bundle",
    `--config=${CONFIG.pathname}`,
    "--platform=browser", // packages' builds without node: modules, where there are
    "--code-splitting",
    `--outdir=${directory}`,
    entry.href,
  );
  const paths = Array.from(
    Deno.readDirSync(directory),
    ({ name }) => `${directory}/${name}`,
  ).sort();
  const texts = paths.map((path) => keepUsing(Deno.readTextFileSync(path)));
  const digest = await digestOf(texts);
  for (const [index, path] of paths.entries()) {
    Deno.writeTextFileSync(path, texts[index]!.replaceAll(STAMP, digest));
  }
}

/** Where `daemon/build.ts` wants a digest of the program. */
const STAMP = "@RKL-BUILD@";

/** Twelve hexadecimal digits that follow from all texts. */
async function digestOf(texts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(texts.join("\0"));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex().slice(0, 12);
}

/**
 * Mentions what each `using` declares once more. The minifier puts a value that
 * is mentioned once in the place of its mention, drops the declaration and with
 * it the end of its scope, which would have closed a descriptor.
 */
export function keepUsing(module: string): string {
  return module.replaceAll(
    /^( *)((?:await )?using ([\w$]+) = )/gm,
    "$1() => $3;\n$1$2",
  );
}

/**
 * The modules that {@linkcode bundle} wrote, as parts. `deno bundle` does the
 * translation too: imports of the other parts stay imports, as `require()`.
 *
 * @throws {Error} if one awaits at its top level, which `require()` cannot.
 */
export async function partsOf(directory: string): Promise<Part[]> {
  const scratch = `${directory}/parts`;
  const names = Array.from(Deno.readDirSync(directory), ({ name }) => name)
    .filter((name) => name.endsWith(".js")).sort();
  // a module whose own name is external cannot be an entry
  const entries = names.map((name) => {
    const entry = `${directory}/${name.replace(/\.js$/, ".mjs")}`;
    Deno.copyFileSync(`${directory}/${name}`, entry);
    return entry;
  });
  await deno(
    "bundle",
    "--no-config",
    "--platform=deno",
    "--format=cjs",
    "--external=./*.js",
    "--minify",
    `--outdir=${scratch}`,
    ...entries,
  );
  return names.map((name) =>
    toPart(`./${name}`, Deno.readTextFileSync(`${scratch}/${name}`))
  );
}

/**
 * A CommonJS module as a part. Imports of parts at run time become calls of
 * `load`. The parentheses have the body compiled at once, not read over first.
 */
export function toPart(name: string, module: string): Part {
  if (module.includes("\0")) {
    throw new Error(`Cannot pack ${name}: it has a NUL`);
  }
  const body = module.trimEnd()
    .replaceAll(/\bimport\((["'`]\.\/)/g, "load($1")
    // parts know of each other that they are ECMAScript modules
    .replace(/\bmodule\.exports=\w+\((\w+)\);/, "module.exports=$1;");
  const required = body.matchAll(/\brequire\("([^"]+)"\)/g);
  return {
    name,
    text: `define(${JSON.stringify(name)},(function(module,require,load){` +
      `"use strict";${body}\n}));\n`,
    requires: [...new Set(Array.from(required, ([, other = ""]) => other))],
  };
}

/** Runs this Deno, silently unless it fails. */
async function deno(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    stdout: "null",
  }).output();
  if (success) return;
  throw new Error(
    `Cannot bundle the program: deno ${args[0]} failed\n` +
      new TextDecoder().decode(stderr),
  );
}
