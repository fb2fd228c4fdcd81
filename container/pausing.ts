/**
 * Suspending all processes of a container, and letting them go on.
 *
 * @module
 */
import { pause, resume } from "../runtime/pause.ts";
import { StatusError } from "../runtime/refusals.ts";
import type { Store } from "../runtime/store.ts";
import { find } from "./find.ts";
import { unlessEnded } from "./meanwhile.ts";
import { note, ofContainer } from "./journal/journal.ts";

/**
 * Suspends all processes of a container.
 *
 * @throws {NoSuchContainerError | StatusError | CgroupError}
 */
export async function pauseContainer(
  store: Store,
  name: string,
): Promise<void> {
  const { container, status } = await find(store, name);
  if (status !== "running") {
    const hint = status === "paused" ? "unpause it" : "start it";
    throw new StatusError("pause", name, status, `${hint} first`);
  }
  await unlessEnded("pause", name, () => pause(store, container.id));
  note(store, ofContainer(container, "pause"));
}

/**
 * Lets the processes of a paused container go on.
 *
 * @throws {NoSuchContainerError | StatusError | CgroupError}
 */
export async function unpauseContainer(
  store: Store,
  name: string,
): Promise<void> {
  const { container, status } = await find(store, name);
  if (status !== "paused") {
    throw new StatusError("unpause", name, status, "only a paused one can be");
  }
  await unlessEnded("unpause", name, () => resume(store, container.id));
  note(store, ofContainer(container, "unpause"));
}
