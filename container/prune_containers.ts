/**
 * Removing the containers that have ended.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { sizeOfTree } from "../sys/tree_size.ts";
import { discardOne } from "./discard.ts";
import { findAll } from "./find.ts";
import { type Container, containerDirectory } from "./store.ts";

/** What went, and how much that was. */
export interface PrunedContainers {
  readonly containers: readonly string[];
  /** Bytes that were freed on disk. */
  readonly reclaimed: number;
}

/** Removes the containers that have ended, or those of them that are meant. */
export async function pruneContainers(
  store: Store,
  isMeant: (container: Container) => boolean = () => true,
): Promise<PrunedContainers> {
  let reclaimed = 0;
  const containers: string[] = [];
  for (const { container, status } of await findAll(store)) {
    if (status !== "stopped" || !isMeant(container)) continue;
    const size = sizeOfTree(containerDirectory(store, container.id));
    if (!await discardOne(store, container, { stopped: true })) continue;
    containers.push(container.id);
    reclaimed += size;
  }
  return { containers, reclaimed };
}
