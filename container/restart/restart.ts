/**
 * Starting a container again, as its policy wants: what a daemon does that is
 * killed meanwhile, the next one does, or finds done.
 *
 * @module
 */
import type { Store } from "../../runtime/store.ts";
import { awaitEntry } from "../../sys/entry.ts";
import { find, type Found } from "../find.ts";
import type { ContainerId } from "../id.ts";
import { mayRestart } from "../kept.ts";
import { liveAgain } from "../start.ts";
import { openGate } from "../network/start.ts";
import { afterFailure, afterRestart } from "./policy.ts";
import { lifeOf, policyOf, readRestart, writeRestart } from "./state.ts";
import { containerDirectory, readExit, tryReadContainer } from "../store.ts";

/**
 * Starts a container that waits for it, unless somebody has started, stopped or
 * removed it, or changed its policy since. What keeps it from running is noted, and told; then it
 * waits for the next time, or for nothing any more.
 */
export async function startAgain(
  store: Store,
  id: ContainerId,
  warn: (message: string) => void,
): Promise<void> {
  using lock = await awaitEntry(containerDirectory(store, id));
  const container = tryReadContainer(store, id);
  const state = readRestart(store, id);
  if (!lock || !container || state?.next === undefined) return;
  if (!mayRestart(container)) return;
  const { name } = container;
  const tell = (message: string) => warn(`${name}: ${message}`);
  try {
    await bringBack(store, await find(store, id), tell);
    writeRestart(store, id, afterRestart(state));
  } catch (error) {
    const failure = {
      life: lifeOf(readExit(store, id)),
      error: (error as Error).message,
    };
    tell(`cannot be started again: ${failure.error}`);
    const policy = policyOf(container);
    writeRestart(
      store,
      id,
      afterFailure(policy, state, failure, Date.now()),
    );
  }
}

async function bringBack(
  store: Store,
  { container, status }: Found,
  warn: (message: string) => void,
): Promise<void> {
  // One at its gate was on its way when a daemon was killed.
  if (status === "created") {
    using _netns = await openGate(store, container, warn);
  }
  if (status === "stopped") {
    using _born = await liveAgain(store, container, { warn, watched: true });
  }
}
