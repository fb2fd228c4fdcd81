/**
 * Memory of processes and of the host.
 *
 * @module
 */

/** Bytes that only the process `pid` has mapped, per smaps_rollup. */
export function privateMemory(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return sum(text, /^Private_(?:Clean|Dirty): +(\d+) kB$/gm);
}

/** What the host cannot reclaim, as /proc/meminfo calls it. */
const IN_USE =
  /^(?:AnonPages|Shmem|SUnreclaim|KernelStack|PageTables|Percpu): +(\d+) kB$/gm;

/** Bytes in use on the host, by processes and by the kernel for them. */
export function usedMemory(): number {
  return sum(Deno.readTextFileSync("/proc/meminfo"), IN_USE);
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
