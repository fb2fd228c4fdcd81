/**
 * What the packed executable runs first: it finds the program's parts in memory.
 *
 * @module
 */

/** Where each part is, from the base, and which `node:` modules it needs. */
export type Parts = Record<string, [at: number, ...node: string[]]>;

/**
 * Loads the part `main`.
 *
 * A part is a CommonJS module, evaluated when it is first asked for. Deno's own
 * loader would parse each part once more, to look for imports that bundling has
 * settled already, and keep what it found in a cache on disk.
 *
 * Only the text of this function is used: it stands alone.
 */
export function load(base: Deno.PointerObject, parts: Parts, main: string) {
  const modules = new Map<string, { exports: unknown }>();

  function require(name: string): unknown {
    let module = modules.get(name);
    if (!module) {
      module = { exports: {} };
      modules.set(name, module);
      const text = Deno.UnsafePointerView.getCString(base, parts[name]![0]);
      Function(
        "module",
        "require",
        "load",
        `"use strict";${text}\n//# sourceURL=rkl/${name.slice(2)}`,
      )(module, require, loadLater);
    }
    return module.exports;
  }

  async function loadLater(name: string): Promise<unknown> {
    const [, ...node] = parts[name]!;
    for (const each of node) {
      if (modules.has(each)) continue;
      const { default: exports } = await import(
        each.startsWith("node:") ? each : `node:${each}`
      );
      modules.set(each, { exports });
    }
    return require(name);
  }

  // the start set it for Deno alone
  Deno.env.delete("DENO_DIR");
  return loadLater(main);
}
