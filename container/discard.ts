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
import type { SettledMount } from "./mount_fields.ts";
import type { NetworkMode } from "./network_mode.ts";
import {
  type Container,
  containerDirectory,
  containersDirectory,
  readMonitor,
  tryReadContainer,
} from "./store.ts";

/** How a container is removed. */
export interface Discarding {
  readonly warn?: Warn | undefined;
  /** With the volumes that nobody named; so are those of who was to go. */
  readonly volumes?: boolean | undefined;
}

/**
 * Removes a container and all it has, whatever it is doing. Its lock is the
 * caller's, so that nobody makes another of its name meanwhile.
 */
export async function discard(
  store: Store,
  name: string,
  { warn, volumes = false }: Discarding = {},
): Promise<void> {
  const container = tryReadContainer(store, name);
  using netns = holdNetns(store, name);
  await remove(store, name, { force: true });
  const own = volumes || container?.autoRemove;
  await forget(store, name, container?.network, {
    netns,
    warn,
    insist: true,
    ...(own && container?.mounts && { mounts: container.mounts }),
  });
}

/**
 * Removes a container unless it has gone, and another has its name, by now; and
 * with `stopped`, unless somebody has started it. Returns whether it did.
 */
export async function discardOne(
  store: Store,
  { name, created }: Container,
  { stopped = false, ...how }: Discarding & { stopped?: boolean } = {},
): Promise<boolean> {
  // Nobody is to make or start it meanwhile.
  using lock = lockEntry(containerDirectory(store, name));
  if (!lock || tryReadContainer(store, name)?.created !== created) return false;
  const record = stopped ? await trySettle(store, name) : undefined;
  if (record && statusOf(store, record) !== "stopped") return false;
  await discard(store, name, how);
  return true;
}

/**
 * Removes what is left of a container when the runtime has nothing of it, and
 * of its `mounts` the volumes that nobody named.
 */
export async function forget(
  store: Store,
  name: string,
  network: NetworkMode | undefined,
  { mounts, ...ending }: Ending & { mounts?: readonly SettledMount[] } = {},
): Promise<void> {
  await monitorGone(store, name);
  await withdraw(store, name, ending);
  if (network?.kind === "networks") {
    const { leaveNetworks } = await import("./site.ts");
    leaveNetworks(store, name, network.networks);
  }
  if (mounts?.some(({ anonymous }) => anonymous)) {
    const { removeOwnVolumes } = await import("./volume_users.ts");
    removeOwnVolumes(store, name, mounts);
  }
  removeEntry(containersDirectory(store), name);
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
