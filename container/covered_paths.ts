/**
 * Which paths of procfs and sysfs a container sees nothing of, or may only
 * read.
 *
 * @module
 */
import { exists } from "../sys/entry.ts";
import type { Specification } from "./specification/specification.ts";

/** Paths that are masked, and paths that are read-only. */
export interface CoveredPaths {
  maskedPaths: string[];
  readonlyPaths: string[];
}

const CPUS = "/sys/devices/system/cpu";

/**
 * What tells how often each processor was too hot, from which others can tell
 * what runs on it; docker masks that too. Many machines do not have it.
 */
export function thermalPaths(): string[] {
  const of = (cpu: string) => `${CPUS}/${cpu}/thermal_throttle`;
  if (!exists(of("cpu0"))) return [];
  return Array.from(Deno.readDirSync(CPUS), ({ name }) => name)
    .filter((name) => /^cpu\d+$/.test(name))
    .map(of);
}

/** The paths of an image's configuration, as the specification changes them. */
export function coveredPaths(
  { privileged, procMount, maskedPaths, unmaskedPaths }:
    Specification["securityContext"],
  base: CoveredPaths,
): CoveredPaths {
  if (privileged || procMount === "Unmasked" || unmaskedPaths.includes("ALL")) {
    return { maskedPaths, readonlyPaths: [] };
  }
  const patterns = unmaskedPaths.map(pattern);
  const isCovered = (path: string) =>
    !patterns.some((pattern) => pattern.test(path));
  return {
    maskedPaths: [
      ...new Set([...base.maskedPaths.filter(isCovered), ...maskedPaths]),
    ],
    readonlyPaths: base.readonlyPaths.filter(isCovered),
  };
}

/** A path as a shell writes it, with `*`, `?` and `[…]` within a name. */
function pattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|\\]/g, "\\$&");
  const source = escaped.replace(/\*/g, "[^/]*").replace(/\?/g, "[^/]");
  return new RegExp(`^${source}$`);
}
