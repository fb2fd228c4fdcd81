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
  /** The parts that the body requires, by their names. */
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
 * The modules that {@linkcode bundle} wrote, as parts.
 *
 * @throws {Error} for a module that cannot be one
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
    "--external=./*.js",
    "--minify",
    `--outdir=${scratch}`,
    ...entries,
  );
  const parts = names.map((name) =>
    toPart(`./${name}`, Deno.readTextFileSync(`${scratch}/${name}`))
  );
  checkOrder(parts);
  return parts;
}

/** An import, as the minifier writes it: all of them stand first. */
const IMPORT = /^import(?:\{([^{}]*)\}from)?"(\.\/[^"]+)";/;
/** What is exported: it stands last. */
const EXPORT = /export\{([^{}]*)\};$/;

/**
 * A minified ECMAScript module as a part: a function that returns what it
 * exports. What it imports it takes once, so nothing that is exported may
 * change later. Imports of parts at run time become calls of `load`. The
 * parentheses have the body compiled at once, not read over first.
 *
 * @throws {Error} for imports and exports of other kinds
 */
export function toPart(name: string, module: string): Part {
  if (module.includes("\0")) {
    throw new Error(`Cannot pack ${name}: it has a NUL`);
  }
  let body = module.trimEnd();
  const requires: string[] = [];
  let head = "";
  for (let found; (found = body.match(IMPORT));) {
    const [statement, names = "", other = ""] = found;
    requires.push(other);
    const called = `require(${JSON.stringify(other)})`;
    head += names
      ? `const{${names.replaceAll(" as ", ":")}}=${called};`
      : `${called};`;
    body = body.slice(statement.length);
  }
  body = body
    .replace(EXPORT, (_, names: string) => `return{${toProperties(names)}};`)
    .replaceAll(/\bimport\((["'`]\.\/)/g, "load($1")
    .replaceAll("import.meta", "({})"); // it comes from no file
  if (/^import\b|\bexport(\{| (let|var|default|\*)\b)/.test(body)) {
    throw new Error(
      `Cannot pack ${name}: it imports or exports in a way that the build ` +
        `does not know; load modules of Node by await import(): ` +
        body.slice(0, 80),
    );
  }
  return {
    name,
    text: `define(${JSON.stringify(name)},(function(require,load){` +
      `"use strict";${head}${body}\n}));\n`,
    requires,
  };
}

/** `a as b,c` as `b:a,c`. */
function toProperties(names: string): string {
  return names.replaceAll(/([\w$]+) as ([\w$]+)/g, "$2:$1");
}

/** Parts that require each other would find nothing where one is not done. */
function checkOrder(parts: readonly Part[]): void {
  const byName = new Map(parts.map((part) => [part.name, part]));
  const done = new Set<string>();
  function visit(name: string, path: readonly string[]): void {
    if (path.includes(name)) {
      throw new Error(`Cannot pack ${[...path, name].join(" -> ")}: a circle`);
    }
    if (done.has(name)) return;
    byName.get(name)?.requires.forEach((one) => visit(one, [...path, name]));
    done.add(name);
  }
  parts.forEach(({ name }) => visit(name, []));
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
