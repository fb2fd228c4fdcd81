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
