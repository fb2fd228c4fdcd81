/**
 * Waiting for the end of containers.
 *
 * @module
 */
import { tryOpen } from "../sys/fd.ts";
import { waitForEnd } from "../sys/process.ts";
import type { Store } from "../runtime/store.ts";
import { find, findById } from "./find.ts";
import type { ContainerId } from "./id.ts";
import { exitCodeOf } from "./monitor/records.ts";
import { containerDirectory, readExitFrom, readMonitor } from "./store.ts";

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
  // It may be removed as soon as it has ended.
  using record = tryOpen(`${containerDirectory(store, id)}/record`);
  await endOf(store, id);
  const ended = record && readExitFrom(record);
  // Who looks at a container whose monitor was killed ends it, if need be.
  if (!ended?.exit) await findById(store, id);
  return exitCodeOf(ended);
}

/** Resolves when the monitor, and so everything about the container, ended. */
export async function endOf(store: Store, id: ContainerId): Promise<void> {
  const monitor = readMonitor(store, id);
  if (monitor) await waitForEnd(monitor);
}
