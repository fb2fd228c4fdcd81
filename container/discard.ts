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
import { note, ofContainer } from "./journal.ts";
import { noteEnd } from "./journal_end.ts";
import {
  type Container,
  containerDirectory,
  containersDirectory,
  readMonitor,
  tryReadContainer,
} from "./store.ts";

/**
 * Removes a container and all it has, whatever it is doing. Its lock is the
 * caller's, so that nobody makes another of its name meanwhile.
 */
export async function discard(
  store: Store,
  name: string,
  warn?: Warn,
): Promise<void> {
  const container = tryReadContainer(store, name);
  using netns = holdNetns(store, name);
  // While its cgroup is there to be asked why it ended.
  if (container) await noteEnd(store, container, warn);
  await remove(store, name, { force: true });
  await forget(store, name, container, { netns, warn, insist: true });
}

/**
 * Removes a container unless it has gone, and another has its name, by now; and
 * with `stopped`, unless somebody has started it. Returns whether it did.
 */
export async function discardOne(
  store: Store,
  { name, created }: Container,
  { warn, stopped = false }: { warn?: Warn | undefined; stopped?: boolean } =
    {},
): Promise<boolean> {
  // Nobody is to make or start it meanwhile.
  using lock = lockEntry(containerDirectory(store, name));
  if (!lock || tryReadContainer(store, name)?.created !== created) return false;
  const record = stopped ? await trySettle(store, name) : undefined;
  if (record && statusOf(store, record) !== "stopped") return false;
  await discard(store, name, warn);
  return true;
}

/** Removes what is left of a container when the runtime has nothing of it. */
export async function forget(
  store: Store,
  name: string,
  container: Container | undefined,
  ending: Ending = {},
): Promise<void> {
  await monitorGone(store, name);
  if (container) await noteEnd(store, container, ending.warn);
  await withdraw(store, name, ending);
  if (container?.network?.kind === "networks") {
    const { leaveNetworks } = await import("./site.ts");
    leaveNetworks(store, name, container.network.networks);
  }
  removeEntry(containersDirectory(store), name);
  if (container) note(store, ofContainer(container, "destroy"), ending.warn);
}

/**
 * Waits for the monitor, which ends by itself once its container is killed; it
 * is no reason to wait for ever.
 */
async function monitorGone(store: Store, name: string): Promise<void> {
  const monitor = readMonitor(store, name);
  const PATIENCE = 2000; // ms
  if (monitor) await within(PATIENCE, waitForEnd(monitor));
}
