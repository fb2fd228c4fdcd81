/**
 * Sending signals to containers by name.
 *
 * @module
 */
import { SIGKILL } from "../sys/process.ts";
import { kill } from "../runtime/kill.ts";
import { StatusError } from "../runtime/refusals.ts";
import type { Store } from "../runtime/store.ts";
import { find } from "./find.ts";
import { mayRestart } from "./kept.ts";
import { noteKill } from "./journal/journal.ts";
import { unlessEnded } from "./meanwhile.ts";
import { wantStopped } from "./restart/state.ts";

/**
 * Sends a signal to a container's init, or to all its processes.
 *
 * @throws {NoSuchContainerError | StatusError}
 */
export async function killContainer(
  store: Store,
  name: string,
  signal: number = SIGKILL,
  options: { all?: boolean } = {},
): Promise<void> {
  const { container, status } = await find(store, name);
  if (status === "stopped") {
    throw new StatusError(
      "kill",
      name,
      status,
      "only a live one takes signals",
    );
  }
  const ends = signal === SIGKILL || signal === container.stopSignal;
  if (ends && mayRestart(container)) await wantStopped(store, container);
  noteKill(store, container, signal);
  const { id } = container;
  await unlessEnded("kill", name, () => kill(store, id, signal, options));
}
