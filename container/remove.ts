/**
 * Removing containers by name.
 *
 * @module
 */
import { StatusError } from "../runtime/refusals.ts";
import type { Store } from "../runtime/store.ts";
import { discardOne, IDLE, isIdle } from "./discard.ts";
import { find, type Found, tryFind } from "./find.ts";
import { isRestarting } from "./restart/restarting.ts";

/**
 * Removes a container and all it has; with force, also one that runs, and
 * without complaint none at all.
 *
 * @throws {NoSuchContainerError | StatusError}
 */
export async function removeContainer(
  store: Store,
  name: string,
  { force = false, ...how }: {
    force?: boolean;
    /** With the volumes that nobody named. */
    volumes?: boolean;
    warn?: (message: string) => void;
  } = {},
): Promise<void> {
  for (;;) {
    const found = force ? await tryFind(store, name) : await find(store, name);
    if (!found) return;
    if (!force) refuseBusy(store, name, found);
    const only = force ? undefined : IDLE;
    if (await discardOne(store, found.container, { ...how, only })) return;
    // It has gone, or somebody has started it meanwhile.
  }
}

function refuseBusy(store: Store, name: string, found: Found): void {
  const status = isRestarting(store, found) ? "restarting" : found.status;
  if (isIdle(status)) return;
  const hint = "stop it first, or use --force";
  throw new StatusError("delete", name, status, hint);
}
