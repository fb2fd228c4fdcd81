/**
 * Which test runs where: unit tests on the host; those that look at the machine
 * on the host and in the VM, one after the other.
 *
 * @module
 */
import { join, relative } from "node:path";

/** Test files, relative to the project's root. */
export interface Selection {
  /** Tests of one module each, which may run in parallel. */
  unit: string[];
  /** All of `tests/`, and each other file that asks for facts of the machine. */
  machine: string[];
}

/** Folders without tests of the project. */
const SKIPPED = new Set([".git", ".cache", "dist", "bundles", "node_modules"]);

/** Finds the test files below `root`. */
export async function selectTests(root: string): Promise<Selection> {
  const files = await testFiles(root);
  const atMachine = await Promise.all(files.map(async (path) => {
    const file = relative(root, path);
    return /^tests\/[^/]+$/.test(file) ||
      (await Deno.readTextFile(path)).includes('/facts.ts"');
  }));
  const pick = (machine: boolean) =>
    files.filter((_, i) => atMachine[i] === machine)
      .map((path) => relative(root, path)).sort();
  return { unit: pick(false), machine: pick(true) };
}

async function testFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory && !SKIPPED.has(name)) {
      found.push(...await testFiles(path));
    } else if (name.endsWith("_test.ts")) found.push(path);
  }
  return found;
}
