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
 * Runs the part `main` of the build that `digest` tells from others.
 *
 * All parts that one needs are compiled as one text: a call of the compiler
 * costs 0.1 ms. Deno's own loader would parse each once more, to look for
 * imports that bundling has settled already, and keep what it found in a cache
 * on disk.
 *
 * What the compiler makes of it, Deno keeps in its directory, as it does for
 * modules of Node, and reads instead of the text from then on; the more so as it
 * is told to compile all functions at once. Deno compares no more than the length
 * of a long text, so the name says which text it is; and with which flags, as
 * V8 takes nothing that was made with others, and the daemon has its own.
 *
 * Only the text of this function is used: it stands alone.
 */
export function run(
  base: Deno.PointerObject,
  parts: Parts,
  main: string,
  digest: string,
  umask: number,
) {
  const flags = Deno.env.get("DENO_V8_FLAGS") ?? "";
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
    let text = "", which = `${digest}-${flags}`;
    for (const each of missing) {
      if (modules.has(each)) continue;
      which += `-${parts[each]}`;
      const part = Deno.UnsafePointerView.getCString(base, parts[each]!);
      const end = part.indexOf("\n");
      const requires = part.slice(0, end);
      if (requires) requires.split(" ").forEach((one) => missing.add(one));
      text += part.slice(end + 1);
    }
    if (text) evaluate(`${text}//# sourceURL=rkl/${name}`, which)(define);
  }

  /** A function of `define`, whose body is `text`. */
  function evaluate(text: string, which: string): (define: unknown) => void {
    if (!evalContext) return Function("define", text) as () => void;
    const source = `(function(define){${text}\n})`;
    const [made, error] = evalContext(source, `file:///rkl/${which}`);
    if (error) throw error.thrown;
    return made;
  }

  /**
   * Deno's own means of that, where what is kept is nobody's but root's. Another
   * could have it run what they like.
   */
  function findEvalContext(directory: string) {
    try {
      const { uid, mode, isDirectory } = Deno.statSync(directory);
      if (!isDirectory || uid !== 0 || mode! & 0o022) return undefined;
      // deno-lint-ignore no-explicit-any
      const deno = Deno as any;
      return deno[deno.internal].core.evalContext;
    } catch {
      return undefined; // it could not be made
    }
  }

  /**
   * Has what is new in Deno's database moved to its place, now and then: each
   * start reads all of the log where that is written first, as Deno ends without
   * closing it. Where there is too much of other builds, it goes; the file does
   * not, as others may have it open, and its log would be taken for another's.
   */
  function closeLog(path: string): void {
    const LONG = 512 * 1024, LARGE = 64 << 20;
    try {
      if (Deno.statSync(`${path}-wal`).size < LONG) return;
      // deno-lint-ignore no-explicit-any
      const { getBuiltinModule } = (globalThis as any).process;
      const { DatabaseSync } = getBuiltinModule("node:sqlite");
      const database = new DatabaseSync(path);
      if (Deno.statSync(path).size > LARGE) {
        const own = `file:///rkl/${digest}-%`;
        database.prepare(
          "DELETE FROM codecache " +
            "WHERE specifier LIKE 'file:///rkl/%' AND specifier NOT LIKE ?",
        ).run(own);
      }
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
    } catch {
      // There is none, or somebody else is at it.
    }
  }

  function load(name: string): Promise<unknown> {
    return Promise.try(() => {
      compile(name);
      return require(name);
    });
  }

  const directory = Deno.env.get("DENO_DIR")!;
  const evalContext = findEvalContext(directory);
  if (evalContext) closeLog(`${directory}/v8_code_cache_v2`);
  Deno.umask(umask);
  // the start set them for Deno alone
  Deno.env.delete("DENO_DIR");
  Deno.env.delete("DENO_NO_UPDATE_CHECK");
  Deno.env.delete("DENO_DISABLE_NODE_SHIM");
  Deno.env.delete("RKL_BASE");
  Deno.env.delete("DENO_LOG");
  return load(main);
}
