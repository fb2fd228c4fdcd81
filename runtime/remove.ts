/**
 * Taking a container apart: its processes, its cgroup, its directory, in that
 * order, so that an interruption leaves the state that says what is left.
 *
 * @module
 */
import { removeEntry } from "../sys/entry.ts";
import { waitForEnd } from "../sys/process.ts";
import { within } from "../sys/timer.ts";
import { openCgroup } from "./cgroup/cgroup.ts";
import type { Record, Store } from "./store.ts";

/** How long init may take to end, in milliseconds. */
const PATIENCE = 2000;

/**
 * Kills what is left of a container and removes its cgroup and its directory.
 *
 * @throws {CgroupError} when its processes do not end
 */
export async function destroy(store: Store, record: Record): Promise<void> {
  const cgroup = openCgroup(record.cgroups);
  if (cgroup.exists()) {
    cgroup.kill();
    // Most often the last one; what is still there then is waited for below.
    if (record.init) await within(PATIENCE, waitForEnd(record.init));
    await cgroup.remove();
  }
  cgroup.removeParents();
  removeEntry(store.root, record.id);
}

/**
 * Removes what is left of a container whose creator was killed before the
 * cgroup was the container's: processes in it are another's, and go on.
 */
export function abandon(store: Store, record: Record): void {
  const cgroup = openCgroup(record.cgroups);
  cgroup.removeUnused();
  cgroup.removeParents();
  removeEntry(store.root, record.id);
}
