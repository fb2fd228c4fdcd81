/**
 * What a container that has ended gives back of the network: published ports,
 * and its place on networks of CNI.
 *
 * @module
 */
import { awaitEntry, tryLockEntry } from "../../sys/entry.ts";
import { type Fd, tryOpen } from "../../sys/fd.ts";
import { isAlive, type ProcessId } from "../../sys/process.ts";
import { statusOf, trySettle } from "../../runtime/status.ts";
import { type Store, tryReadRecord } from "../../runtime/store.ts";
import type { ContainerId } from "../id.ts";
import { containerDirectory, hasPorts, isOnCni } from "../store.ts";

/** Told what could not be done. */
export type Warn = (message: string) => void;

/** What is known where a container's networks are left. */
export interface Ending {
  /** Its network namespace, where somebody has held it. */
  readonly netns?: Fd | undefined;
  readonly warn?: Warn | undefined;
  /**
   * The user waits for it: waits for others who are at it, and tries again what
   * has failed.
   */
  readonly insist?: boolean;
}

/**
 * The network namespace of a container that plugins of CNI have changed: as long
 * as it is held, they can undo all they did. Undefined where there is none.
 */
export function holdNetns(store: Store, id: ContainerId): Fd | undefined {
  if (!isOnCni(store, id)) return undefined;
  const init = tryReadRecord(store, id)?.init;
  return init && tryOpenNetnsOf(init);
}

/**
 * The network namespace of that very process; undefined once it has ended, as
 * its pid may be another's then.
 */
export function tryOpenNetnsOf(init: ProcessId): Fd | undefined {
  const netns = tryOpen(`/proc/${init.pid}/ns/net`);
  if (!netns) return undefined;
  // Opened first, looked at after: then the pid cannot be another's.
  if (isAlive(init)) return netns;
  netns[Symbol.dispose]();
  return undefined;
}

/**
 * Publishes the ports of a container that has ended no longer, and takes it off
 * networks of CNI, if it has. Returns false where somebody else is at it.
 */
export async function withdrawEnded(
  store: Store,
  id: ContainerId,
  ending: Ending = {},
): Promise<boolean> {
  if (!hasPorts(store, id) && !isOnCni(store, id)) return true;
  const directory = containerDirectory(store, id);
  // Held: whoever starts or removes it sees to its ports.
  using lock = ending.insist
    ? await awaitEntry(directory)
    : tryLockEntry(directory);
  if (!lock) return false;
  const record = await trySettle(store, id);
  const hasEnded = !record || statusOf(store, record) === "stopped";
  if (hasEnded) await withdraw(store, id, ending);
  return true;
}

/**
 * Publishes the ports of a container no longer, and takes it off networks of
 * CNI. The caller holds its lock, and it does not run.
 */
export async function withdraw(
  store: Store,
  id: ContainerId,
  { netns, warn = () => {}, insist = false }: Ending = {},
): Promise<void> {
  // Most have none, and do not wait for what knows the packet filter.
  if (hasPorts(store, id)) {
    const { closePorts } = await import("./ports.ts");
    closePorts(store, id);
  }
  if (isOnCni(store, id)) {
    const { takeOffNetworks } = await import("./cni.ts");
    const path = netns ? `/proc/${Deno.pid}/fd/${netns.number}` : "";
    await takeOffNetworks(store, id, path, { warn, insist });
  }
}
