/**
 * The processes in a cgroup.
 *
 * @module
 */
import { children, readValue } from "./files.ts";

/** The processes in the cgroup at `dir` and in those below it. */
export function processesIn(dir: string): number[] {
  const text = readValue(`${dir}/cgroup.procs`) ?? "";
  const own = text.split("\n").filter(Boolean).map(Number);
  return [...own, ...children(dir).flatMap(processesIn)];
}

/** The cgroup that a process is in: the one at `dir`, or one below it. */
export function cgroupOf(dir: string, pid: number): string | undefined {
  const members = (readValue(`${dir}/cgroup.procs`) ?? "").split("\n");
  if (members.includes(String(pid))) return dir;
  for (const child of children(dir)) {
    const found = cgroupOf(child, pid);
    if (found) return found;
  }
  return undefined;
}
