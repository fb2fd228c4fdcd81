/**
 * Suspending all processes of a container, and letting them go on.
 *
 * @module
 */
import { pause, resume, StatusError } from "../runtime/lifecycle.ts";
import type { Store } from "../runtime/store.ts";
import { find } from "./find.ts";

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
  await pause(store, container.id);
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
  await resume(store, container.id);
}
