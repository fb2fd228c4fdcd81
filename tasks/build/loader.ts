/**
 * What the packed executable runs first: it finds the program's parts in memory.
 *
 * @module
 */

/**
 * Where each part is, from the base: a line of what it requires, and its text.
 * Every command reads this table, so it has no more than that.
 */
export type Parts = Record<string, number>;

/** The body of a part, as its text defines it: it returns what it exports. */
type Body = (
  require: (name: string) => unknown,
  load: (name: string) => Promise<unknown>,
) => unknown;

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
  const modules = new Map<string, { body?: Body; exports?: unknown }>();

  function define(name: string, body: Body): void {
    modules.set(name, { body });
  }

  function require(name: string): unknown {
    const module = modules.get(name)!;
    const { body } = module;
    if (body) {
      delete module.body;
      module.exports = body(require, load);
    }
    return module.exports;
  }

  function compile(name: string): void {
    const missing = new Set([name]);
    let text = "";
    for (const each of missing) {
      if (modules.has(each)) continue;
      const part = Deno.UnsafePointerView.getCString(base, parts[each]!);
      const end = part.indexOf("\n");
      const requires = part.slice(0, end);
      if (requires) requires.split(" ").forEach((one) => missing.add(one));
      text += part.slice(end + 1);
    }
    if (text) Function("define", `${text}//# sourceURL=rkl/${name}`)(define);
  }

  function load(name: string): Promise<unknown> {
    return Promise.try(() => {
      compile(name);
      return require(name);
    });
  }

  // the start set them for Deno alone
  Deno.env.delete("DENO_DIR");
  Deno.env.delete("DENO_LOG");
  return load(main);
}
