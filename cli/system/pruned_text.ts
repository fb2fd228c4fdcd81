/**
 * What the `prune` verbs print.
 *
 * @module
 */
import type { Pruned } from "../../container/prune.ts";
import { formatSize } from "../size.ts";

/** A heading for each kind of thing, as docker words it. */
const HEADINGS: readonly (readonly [
  kind: keyof Omit<Pruned, "reclaimed" | "notices">,
  heading: string,
])[] = [
  ["containers", "Deleted Containers:"],
  ["networks", "Deleted Networks:"],
  ["volumes", "Deleted Volumes:"],
  ["leases", "Deleted Addresses:"],
  ["ports", "Deleted Ports:"],
  ["rules", "Deleted Rules:"],
  ["interfaces", "Deleted Interfaces:"],
  ["directories", "Deleted Directories:"],
  ["cgroups", "Deleted Cgroups:"],
];

/** The lines of `rkl system prune`. */
export function formatPruned(pruned: Pruned): string[] {
  const blocks = HEADINGS.map(([kind, heading]) =>
    [heading, pruned[kind]] as const
  );
  return prunedLines(blocks, pruned.reclaimed);
}

/** What was removed, a block for each kind, and how many bytes that was. */
export function prunedLines(
  blocks: readonly (readonly [heading: string, names: readonly string[]])[],
  reclaimed: number,
): string[] {
  return [
    ...blocks.filter(([, names]) => names.length > 0)
      .flatMap(([heading, names]) => [heading, ...names, ""]),
    `Total reclaimed space: ${formatSize(reclaimed)}`,
  ];
}
