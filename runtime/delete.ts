/**
 * The operation `delete`.
 *
 * @module
 */
import { destroy } from "./remove.ts";
import { hold, statusOf, trySettle } from "./status.ts";
import { NoSuchContainerError, type Store } from "./store.ts";
import { StatusError } from "./refusals.ts";

/**
 * Deletes a stopped container; with force, kills it first, and is content if
 * there is none.
 *
 * @throws {NoSuchContainerError | StatusError}
 */
export async function remove(
  store: Store,
  id: string,
  options: { force?: boolean } = {},
): Promise<void> {
  if (options.force && !(await trySettle(store, id))) return;
  using held = await hold(store, id).catch((error) => {
    const gone = error instanceof NoSuchContainerError;
    if (!gone || !options.force) throw error;
    return undefined; // somebody else deleted it meanwhile
  });
  if (!held) return;
  const { record } = held;
  const status = statusOf(store, record);
  if (status !== "stopped" && !options.force) {
    throw new StatusError(
      "delete",
      id,
      status,
      "stop it first, or use --force",
    );
  }
  await destroy(store, record);
}
