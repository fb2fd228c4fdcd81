/**
 * Memory of processes, and of the kernel for them.
 *
 * @module
 */
import { discoverHierarchies } from "../../runtime/cgroup/hierarchies.ts";

/** Bytes that only the process `pid` has mapped, per smaps_rollup. */
export function privateMemory(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return sum(text, /^Private_(?:Clean|Dirty): +(\d+) kB$/gm);
}

/**
 * A cgroup that counts the memory of the processes in it, and what the kernel
 * keeps for them.
 */
export class MemoryCounter implements Disposable {
  readonly #directory: string;

  /** Makes it; `undefined` where no controller for memory is to be had. */
  static create(name: string): MemoryCounter | undefined {
    const { v1, unified } = discoverHierarchies();
    const mount = v1.get("memory")?.mount ??
      (unified?.controllers.has("memory") ? unified.mount : undefined);
    return mount ? new MemoryCounter(`${mount}/${name}`) : undefined;
  }

  private constructor(directory: string) {
    this.#directory = directory;
    Deno.mkdirSync(directory);
  }

  /** Moves the process `pid` in; its children will be born there. */
  add(pid: number): void {
    Deno.writeTextFileSync(`${this.#directory}/cgroup.procs`, `${pid}`);
  }

  /** Bytes in use, without the cache of files on disk. */
  read(): number {
    const read = (name: string) =>
      Deno.readTextFileSync(`${this.#directory}/${name}`);
    const stat = read("memory.stat");
    const field = (name: string) =>
      Number(new RegExp(`^${name} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
    const usage = exists(`${this.#directory}/memory.current`)
      ? read("memory.current")
      : read("memory.usage_in_bytes");
    const cache = field("file") + field("cache"); // v2's name, v1's name
    return Number(usage) - cache + field("shmem");
  }

  /** Removes it, once the processes in it have ended. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory);
  }
}

/** The parent of the process `pid`. */
export function parentOf(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^PPid:\s*(\d+)$/m.exec(text)?.[1]);
}

/** The numbers of kB that `pattern` finds, added up, in bytes. */
function sum(text: string, pattern: RegExp): number {
  return text.matchAll(pattern)
    .reduce((total, [, kB]) => total + Number(kB) * 1024, 0);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
