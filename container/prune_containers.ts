/**
 * Removing the containers that do not run.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { sizeOfTree } from "../sys/tree_size.ts";
import { discardOne, IDLE, isIdle } from "./discard.ts";
import { type Failed, findAll } from "./find.ts";
import { isRestarting } from "./restart/restarting.ts";
import { containerDirectory } from "./store.ts";

/** What went, and how much that was. */
export interface PrunedContainers {
  /** Their ids. */
  readonly containers: readonly string[];
  /** Bytes that were freed on disk. */
  readonly reclaimed: number;
}

/** What tells which of them are meant. */
export interface PruneCandidate {
  /** What it is called. */
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  /** The specification's. */
  readonly labels: { readonly [key: string]: string };
}

/**
 * Removes the containers that do not run, or those of them that are meant.
 *
 * @param failed Told of each that could not be looked at, or not be removed.
 */
export async function pruneContainers(
  store: Store,
  isMeant: (container: PruneCandidate) => boolean = () => true,
  failed: Failed = () => {},
): Promise<PrunedContainers> {
  let reclaimed = 0;
  const containers: string[] = [];
  for (const found of await findAll(store, failed)) {
    const { container, status } = found;
    if (!isIdle(status) || !isMeant(container)) continue;
    if (isRestarting(store, found)) continue;
    try {
      const size = sizeOfTree(containerDirectory(store, container.id));
      if (!await discardOne(store, container, { only: IDLE })) continue;
      containers.push(container.id);
      reclaimed += size;
    } catch (error) {
      failed(container.id, error);
    }
  }
  return { containers, reclaimed };
}
