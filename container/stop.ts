/**
 * Having containers end: `stop`, and what else ends them.
 *
 * @module
 */
import { SIGKILL } from "../sys/process.ts";
import { within } from "../sys/timer.ts";
import { openCgroup } from "../runtime/cgroup/cgroup.ts";
import { kill } from "../runtime/kill.ts";
import { StatusError } from "../runtime/refusals.ts";
import { NoSuchContainerError, type Store } from "../runtime/store.ts";
import {
  type Ending,
  holdNetns,
  type Warn,
  withdrawEnded,
} from "./network/ending.ts";
import { find, type Found } from "./find.ts";
import { mayRestart } from "./kept.ts";
import type { ContainerId } from "./id.ts";
import { note, noteKill, ofContainer } from "./journal/journal.ts";
import { wantStopped } from "./restart/state.ts";
import { endOf } from "./wait.ts";

/** How a container is made to end. */
export interface StopOptions {
  /** Seconds to wait before it is killed; its own by default. */
  timeout?: number;
  /** What asks it to; its own by default. */
  signal?: number;
  /** Told what could not be given back. */
  warn?: Warn;
}

/**
 * Asks a container to stop, by its stop signal, and kills it if it has not
 * ended after `timeout` seconds (by default its own). One that does not run is
 * left alone. Whatever its restart policy, it stays stopped.
 *
 * @throws {NoSuchContainerError}
 */
export async function stopContainer(
  store: Store,
  name: string,
  options: StopOptions = {},
): Promise<void> {
  const { container } = await find(store, name);
  if (mayRestart(container)) wantStopped(store, container);
  await endContainer(store, container.id, { ...options, insist: true });
}

/**
 * Does the same, and what its restart policy says follows.
 *
 * @throws {NoSuchContainerError}
 */
export async function endContainer(
  store: Store,
  id: ContainerId,
  { insist = false, ...options }: StopOptions & Pick<Ending, "insist"> = {},
): Promise<void> {
  const found = await find(store, id);
  using netns = holdNetns(store, id);
  await end(store, found, options);
  await withdrawEnded(store, id, { warn: options.warn, netns, insist });
}

/** Has a container end, if it has not. */
export async function end(
  store: Store,
  { container, status, record }: Found,
  { timeout = container.stopTimeout, signal = container.stopSignal, warn }:
    StopOptions,
): Promise<void> {
  if (status === "stopped" || !record?.init) return;
  const ended = endOf(store, container.id);
  // A frozen process, and one that waits at the gate, takes no signal but KILL.
  const patience = status === "running" && timeout > 0;
  if (patience) {
    noteKill(store, container, signal, warn);
    await kill(store, container.id, signal).catch(alreadyEnded);
  }
  if (!patience || !await within(timeout * 1000, ended)) {
    noteKill(store, container, SIGKILL, warn);
    openCgroup(record.cgroups).kill();
    await ended;
  }
  note(store, ofContainer(container, "stop"), warn);
}

/**
 * A container that ended before its signal came did what was asked, whether or
 * not somebody has removed what was left of that life.
 */
function alreadyEnded(error: unknown): void {
  const ended = error instanceof StatusError ||
    error instanceof NoSuchContainerError;
  if (!ended) throw error;
}
