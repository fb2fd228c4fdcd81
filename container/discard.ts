/**
 * Removing containers: all that they have, in the runtime's state, on networks
 * and on disk.
 *
 * @module
 */
import { lockEntry, removeEntry } from "../sys/entry.ts";
import { waitForEnd } from "../sys/process.ts";
import { within } from "../sys/timer.ts";
import { remove } from "../runtime/lifecycle.ts";
import { statusOf, trySettle } from "../runtime/status.ts";
import type { Store } from "../runtime/store.ts";
import { type Ending, holdNetns, type Warn, withdraw } from "./ending.ts";
import type { ContainerId } from "./id.ts";
import { dropName } from "./name_index.ts";
import {
  type Container,
  containerDirectory,
  containersDirectory,
  readMonitor,
  tryReadContainer,
} from "./store.ts";

/**
 * Removes a container and all it has, whatever it is doing. Its lock is the
 * caller's, so that nobody starts it meanwhile.
 */
export async function discard(
  store: Store,
  container: Container,
  warn?: Warn,
): Promise<void> {
  using netns = holdNetns(store, container.id);
  await remove(store, container.id, { force: true });
  await forget(store, container, { netns, warn, insist: true });
}

/**
 * Removes a container unless it has gone by now and, with `stopped`, unless
 * somebody has started it. Returns whether it did.
 */
export async function discardOne(
  store: Store,
  { id }: Pick<Container, "id">,
  { warn, stopped = false }: { warn?: Warn | undefined; stopped?: boolean } =
    {},
): Promise<boolean> {
  // Nobody is to start it meanwhile.
  using lock = lockEntry(containerDirectory(store, id));
  // Its name may be another since it was looked at.
  const container = lock && tryReadContainer(store, id);
  if (!container) return false;
  const record = stopped ? await trySettle(store, id) : undefined;
  if (record && statusOf(store, record) !== "stopped") return false;
  await discard(store, container, warn);
  return true;
}

/** Removes what is left of a container when the runtime has nothing of it. */
export async function forget(
  store: Store,
  { id, name, network }: Container,
  ending: Ending = {},
): Promise<void> {
  await monitorGone(store, id);
  await withdraw(store, id, ending);
  if (network?.kind === "networks") {
    const { leaveNetworks } = await import("./site.ts");
    leaveNetworks(store, id, network.networks);
  }
  removeEntry(containersDirectory(store), id);
  dropName(store, name);
}

/**
 * Waits for the monitor, which ends by itself once its container is killed; it
 * is no reason to wait for ever.
 */
async function monitorGone(store: Store, id: ContainerId): Promise<void> {
  const monitor = readMonitor(store, id);
  const PATIENCE = 2000; // ms
  if (monitor) await within(PATIENCE, waitForEnd(monitor));
}
