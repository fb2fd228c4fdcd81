/**
 * What the packed executable runs first: it finds the program's parts in memory.
 *
 * @module
 */

/** Where the text of each part is, from the base, and what it requires. */
export type Parts = Record<string, [at: number, requires: string[]]>;

/** The body of a part, as its text defines it. */
type Body = (
  module: { exports: unknown },
  require: (name: string) => unknown,
  load: (name: string) => Promise<unknown>,
) => void;

/**
 * Runs the part `main`.
 *
 * All parts that one needs are compiled as one text: a call of the compiler
 * costs 0.1 ms. Deno's own loader would parse each once more, to look for
 * imports that bundling has settled already, and keep what it found in a cache
 * on disk.
 *
 * Only the text of this function is used: it stands alone.
 */
export function run(base: Deno.PointerObject, parts: Parts, main: string) {
  const modules = new Map<string, { body?: Body; exports: unknown }>();

  function define(name: string, body: Body): void {
    if (!modules.has(name)) modules.set(name, { body, exports: {} });
  }

  function require(name: string): unknown {
    const module = modules.get(name)!;
    const { body } = module;
    delete module.body;
    body?.(module, require, load);
    return module.exports;
  }

  async function load(name: string): Promise<unknown> {
    const missing = new Set([name]);
    let text = "";
    for (const each of missing) {
      if (modules.has(each)) continue;
      const part = parts[each];
      if (part) {
        text += Deno.UnsafePointerView.getCString(base, part[0]);
        part[1].forEach((other) => missing.add(other));
      } else {
        const module = await import(
          each.startsWith("node:") ? each : `node:${each}`
        );
        modules.set(each, { exports: module.default });
      }
    }
    if (text) Function("define", `${text}//# sourceURL=rkl/${name}`)(define);
    return require(name);
  }

  // the start set them for Deno alone
  Deno.env.delete("DENO_DIR");
  Deno.env.delete("DENO_LOG");
  return load(main);
}
