/**
 * A container's place on disk, before it comes to life.
 *
 * @module
 */
import { newEntry } from "../sys/entry.ts";
import {
  DuplicateContainerError,
  type Store,
  validateId,
} from "../runtime/store.ts";
import { giveName } from "./name_index.ts";
import {
  type Container,
  containersDirectory,
  writeContainer,
} from "./store.ts";

/**
 * Makes the directory of a container, visible under its id once it is whole and
 * has its name. The lock is held until disposed of.
 *
 * @throws {DuplicateContainerError}
 */
export function newContainer(
  store: Store,
  container: Container,
): Disposable {
  const { id, name } = container;
  const entry = newEntry(
    containersDirectory(store),
    validateId(id),
    () => new DuplicateContainerError(id),
  );
  try {
    const { directory } = entry;
    writeContainer(directory, container);
    if (container.overlay) {
      Deno.mkdirSync(`${directory}/work`);
      Deno.mkdirSync(`${directory}/upper`);
      // The upper directory's mode is the root's: as the image has it.
      const { mode, uid, gid } = Deno.statSync(container.config.root.path);
      Deno.chmodSync(`${directory}/upper`, (mode ?? 0o755) & 0o7777);
      if (uid || gid) Deno.chownSync(`${directory}/upper`, uid, gid);
    }
    giveName(store, name, id, entry.publish);
    return entry;
  } catch (error) {
    entry[Symbol.dispose]();
    throw error;
  }
}
