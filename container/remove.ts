/**
 * Removing containers by name.
 *
 * @module
 */
import { StatusError } from "../runtime/refusals.ts";
import { NoSuchContainerError, type Store } from "../runtime/store.ts";
import { discardOne } from "./discard.ts";
import { find, tryFind } from "./find.ts";
import { isRestarting } from "./restart/restarting.ts";
import { containersDirectory } from "./store.ts";

/**
 * Removes a container and all it has; with force, also one that runs, and
 * without complaint none at all.
 *
 * @throws {NoSuchContainerError | StatusError}
 */
export async function removeContainer(
  store: Store,
  name: string,
  options: {
    force?: boolean;
    /** With the volumes that nobody named. */
    volumes?: boolean;
    warn?: (message: string) => void;
  } = {},
): Promise<void> {
  const found = options.force
    ? await tryFind(store, name)
    : await find(store, name);
  if (!found) return;
  const status = isRestarting(store, found) ? "restarting" : found.status;
  if (status !== "stopped" && !options.force) {
    throw new StatusError(
      "delete",
      name,
      status,
      "stop it first, or use --force",
    );
  }
  const removed = await discardOne(store, found.container, {
    warn: options.warn,
    volumes: options.volumes,
  });
  if (!removed && !options.force) {
    throw new NoSuchContainerError(name, containersDirectory(store));
  }
}
