/**
 * Removing containers: all that they have, in the runtime's state, on networks
 * and on disk.
 *
 * @module
 */
import { awaitEntry, removeEntry, tryLockEntry } from "../sys/entry.ts";
import { waitForEnd } from "../sys/process.ts";
import { within } from "../sys/timer.ts";
import { remove } from "../runtime/delete.ts";
import { type Status, statusOf, trySettle } from "../runtime/status.ts";
import type { Store } from "../runtime/store.ts";
import {
  type Ending,
  holdNetns,
  type Warn,
  withdraw,
} from "./network/ending.ts";
import type { ContainerId } from "./id.ts";
import { note, ofContainer } from "./journal/journal.ts";
import { noteEnd } from "./journal/life.ts";
import { dropName } from "./name_index.ts";
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
  /** With the volumes that nobody named; so are those of one that was to go. */
  readonly volumes?: boolean | undefined;
}

/**
 * Removes a container and all it has, whatever it is doing. Its lock is the
 * caller's, so that nobody starts it meanwhile.
 */
export async function discard(
  store: Store,
  container: Container,
  { warn, volumes = false }: Discarding = {},
): Promise<void> {
  using netns = holdNetns(store, container.id);
  // While its cgroup is there to be asked why it ended.
  await noteEnd(store, container, warn);
  await remove(store, container.id, { force: true });
  await forget(store, container, {
    netns,
    warn,
    volumes: volumes || container.autoRemove,
    insist: true,
  });
}

/** The statuses of containers that do not run, as docker has it. */
export const IDLE: readonly Status[] = ["created", "stopped"];

/** Whether a status is one of {@linkcode IDLE}. */
export function isIdle(status: Status | "restarting"): boolean {
  return IDLE.some((idle) => idle === status);
}

/**
 * Removes a container unless it has gone by now or, with `only`, its status is
 * none of these any more. Returns whether it did. Who does not `insist` leaves
 * it to somebody who is at it.
 */
export async function discardOne(
  store: Store,
  { id }: Pick<Container, "id">,
  { only, insist = true, ...how }: Discarding & {
    only?: readonly Status[] | undefined;
    insist?: boolean;
  } = {},
): Promise<boolean> {
  // Nobody is to start it meanwhile.
  const directory = containerDirectory(store, id);
  using lock = insist ? await awaitEntry(directory) : tryLockEntry(directory);
  // Its name may be another since it was looked at.
  const container = lock && tryReadContainer(store, id);
  if (!container) return false;
  if (only) {
    const record = await trySettle(store, id);
    if (record && !only.includes(statusOf(store, record))) return false;
  }
  await discard(store, container, how);
  return true;
}

/**
 * Removes what is left of a container when the runtime has nothing of it; with
 * `volumes`, those too that nobody named.
 */
export async function forget(
  store: Store,
  container: Container,
  { volumes = false, ...ending }: Ending & { volumes?: boolean | undefined } =
    {},
): Promise<void> {
  const { id, name, network, mounts = [] } = container;
  await monitorGone(store, id);
  await noteEnd(store, container, ending.warn);
  await withdraw(store, id, ending);
  if (network?.kind === "networks") {
    const { leaveNetworks } = await import("./network/site.ts");
    leaveNetworks(store, id, network.networks);
  }
  if (volumes && mounts.some(({ anonymous }) => anonymous)) {
    const { removeOwnVolumes } = await import("./mount/volume_users.ts");
    removeOwnVolumes(store, id, mounts);
  }
  removeEntry(containersDirectory(store), id);
  dropName(store, name);
  note(store, ofContainer(container, "destroy"), ending.warn);
}

/**
 * Waits for the monitor, which ends by itself once its container is killed; it
 * is no reason to wait for ever.
 */
export async function monitorGone(
  store: Store,
  id: ContainerId,
): Promise<void> {
  const monitor = readMonitor(store, id);
  const PATIENCE = 2000; // ms
  if (monitor) await within(PATIENCE, waitForEnd(monitor));
}
