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
  /** A CommonJS module that has `load(name)` for `import(name)`. */
  text: string;
  /** The `node:` modules that it or the parts it requires import. */
  node: string[];
}

/** Bundles `entry` into ECMAScript modules below `directory`. */
export async function bundle(entry: URL, directory: string): Promise<void> {
  await deno(
    "bundle",
    `--config=${CONFIG.pathname}`,
    "--platform=browser", // packages' builds without node: modules, where there are
    "--code-splitting",
    "--minify",
    `--outdir=${directory}`,
    entry.href,
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
  const texts = new Map(
    names.map((name) => [
      `./${name}`,
      toPart(Deno.readTextFileSync(`${scratch}/${name}`)),
    ]),
  );
  return Array.from(texts, ([name, text]) => ({
    name,
    text,
    node: nodeModules(name, texts),
  }));
}

/** Dynamic imports of parts become calls; those of anything else stay. */
export function toPart(text: string): string {
  if (text.includes("\0")) throw new Error("Cannot pack a NUL character");
  return text.trimEnd().replaceAll(/\bimport\((["'`]\.\/)/g, "load($1");
}

/** The `node:` modules that the part `name` needs before it can run. */
export function nodeModules(
  name: string,
  texts: ReadonlyMap<string, string>,
): string[] {
  const found = new Set([name]);
  for (const each of found) {
    const text = texts.get(each) ?? "";
    const required = text.matchAll(/\brequire\("([^"]+)"\)/g);
    for (const [, other = ""] of required) found.add(other);
  }
  return [...found].filter((each) => !texts.has(each));
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
