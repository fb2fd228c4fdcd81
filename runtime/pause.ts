/**
 * The operations `pause` and `resume`.
 *
 * @module
 */
import { openCgroup } from "./cgroup/cgroup.ts";
import { hold, statusOf } from "./status.ts";
import type { Store } from "./store.ts";
import { StatusError } from "./refusals.ts";

/**
 * Suspends all processes of a container.
 *
 * @throws {NoSuchContainerError | StatusError | CgroupError}
 */
export async function pause(store: Store, id: string): Promise<void> {
  using held = await hold(store, id);
  const { record } = held;
  const status = statusOf(store, record);
  if (status !== "running" && status !== "created") {
    throw new StatusError(
      "pause",
      id,
      status,
      "only a running one can be paused",
    );
  }
  openCgroup(record.cgroups).freeze();
}

/**
 * Lets the processes of a paused container continue.
 *
 * @throws {NoSuchContainerError | StatusError | CgroupError}
 */
export async function resume(store: Store, id: string): Promise<void> {
  using held = await hold(store, id);
  const { record } = held;
  const cgroup = openCgroup(record.cgroups);
  if (!cgroup.isFrozen()) {
    const status = statusOf(store, record);
    throw new StatusError(
      "resume",
      id,
      status,
      "only a paused one can be resumed",
    );
  }
  cgroup.thaw();
}
