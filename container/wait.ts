/**
 * Waiting for the end of containers.
 *
 * @module
 */
import { waitForEnd } from "../sys/process.ts";
import type { Store } from "../runtime/store.ts";
import { find, findById } from "./find.ts";
import type { ContainerId } from "./id.ts";
import { exitCodeOf } from "./monitor/records.ts";
import { readExit, readMonitor } from "./store.ts";

/**
 * Waits until a container has ended and returns its exit code.
 *
 * @throws {NoSuchContainerError}
 */
export async function waitContainer(
  store: Store,
  name: string,
): Promise<number> {
  const { container: { id } } = await find(store, name);
  await endOf(store, id);
  const record = readExit(store, id);
  // Who looks at a container whose monitor was killed ends it, if need be.
  if (!record?.exit) await findById(store, id);
  return exitCodeOf(record);
}

/** Resolves when the monitor, and so everything about the container, ended. */
export async function endOf(store: Store, id: ContainerId): Promise<void> {
  const monitor = readMonitor(store, id);
  if (monitor) await waitForEnd(monitor);
}
