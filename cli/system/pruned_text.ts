/**
 * What `rkl system prune` prints.
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

/** The lines: what was removed, a block for each kind, and how much that was. */
export function formatPruned(pruned: Pruned): string[] {
  const blocks = HEADINGS.filter(([kind]) => pruned[kind].length > 0)
    .flatMap(([kind, heading]) => [heading, ...pruned[kind], ""]);
  return [
    ...blocks,
    `Total reclaimed space: ${formatSize(pruned.reclaimed)}`,
  ];
}
