/**
 * Having containers end: `stop`, and what else ends them.
 *
 * @module
 */
import { SIGKILL, waitForEnd } from "../sys/process.ts";
import { within } from "../sys/timer.ts";
import { openCgroup } from "../runtime/cgroup/cgroup.ts";
import { kill } from "../runtime/kill.ts";
import { resume } from "../runtime/pause.ts";
import { StatusError } from "../runtime/refusals.ts";
import { NoSuchContainerError, type Store } from "../runtime/store.ts";
import {
  type Ending,
  holdNetns,
  type Warn,
  withdrawEnded,
} from "./network/ending.ts";
import { find, type Found } from "./find.ts";
import type { ContainerId } from "./id.ts";
import { endsWithInit } from "./namespaces.ts";
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
  await wantStopped(store, container);
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

/** Has a container end that runs, or is paused. */
export async function end(
  store: Store,
  { container, status, record }: Found,
  { timeout = container.stopTimeout, signal = container.stopSignal, warn }:
    StopOptions,
): Promise<void> {
  // One that waits at its gate has not begun.
  const runs = status === "running" || status === "paused";
  if (!runs || !record?.init) return;
  const ended = endOf(store, container.id);
  const patience = timeout > 0;
  if (patience) {
    noteKill(store, container, signal, warn);
    await kill(store, container.id, signal).catch(alreadyEnded);
    // What is frozen hears of a signal only then.
    if (status === "paused") {
      await resume(store, container.id).catch(alreadyEnded);
    }
  }
  const gone = waitForEnd(record.init);
  const isLate = !patience || !await within(timeout * 1000, gone);
  if (isLate) noteKill(store, container, SIGKILL, warn);
  // The monitor listens to all who write, init or what it has left.
  if (isLate || !endsWithInit(container)) openCgroup(record.cgroups).kill();
  await ended;
  note(store, ofContainer(container, "stop"), warn);
}

/**
 * A container that ended before its signal came did what was asked, whether or
 * not somebody has removed what was left of that life; so did one that somebody
 * else lets go on.
 */
function alreadyEnded(error: unknown): void {
  const ended = error instanceof StatusError ||
    error instanceof NoSuchContainerError;
  if (!ended) throw error;
}
