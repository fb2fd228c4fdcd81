/**
 * What the kernel tells of the memory of a control group, by either version.
 * The directories of one are given by controller, "" for v2.
 *
 * @module
 */
import { readValue } from "./files.ts";

/** Bytes in use; undefined where nothing counts them. */
export function readMemoryUsage(
  paths: Readonly<Record<string, string>>,
): number | undefined {
  const text = read(paths, "memory.usage_in_bytes", "memory.current");
  return text === undefined ? undefined : Number(text);
}

/** How many of its processes were killed for want of memory. */
export function readOomKills(paths: Readonly<Record<string, string>>): number {
  const text = read(paths, "memory.oom_control", "memory.events") ?? "";
  return Number(text.match(/^oom_kill (\d+)$/m)?.[1] ?? 0);
}

function read(
  { memory, "": unified }: Readonly<Record<string, string>>,
  v1: string,
  v2: string,
): string | undefined {
  if (memory !== undefined) return readValue(`${memory}/${v1}`);
  return unified === undefined ? undefined : readValue(`${unified}/${v2}`);
}
