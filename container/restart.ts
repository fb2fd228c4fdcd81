/**
 * Starting a container again, as its policy wants: what a daemon does that is
 * killed meanwhile, the next one does, or finds done.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { find, type Found } from "./find.ts";
import { startEnded } from "./lifecycle.ts";
import { openGate } from "./network_start.ts";
import { afterFailure, afterRestart } from "./restart_policy.ts";
import {
  awaitContainer,
  lifeOf,
  policyOf,
  readRestart,
  writeRestart,
} from "./restart_state.ts";
import { type Container, readExit, tryReadContainer } from "./store.ts";

/**
 * Starts a container that waits for it, unless somebody has started, stopped or
 * removed it since. What keeps it from running is noted, and told; then it
 * waits for the next time, or for nothing any more.
 */
export async function startAgain(
  store: Store,
  { name, created }: Container,
  warn: (message: string) => void,
): Promise<void> {
  using lock = await awaitContainer(store, name);
  // Another may have its name by now.
  const container = tryReadContainer(store, name);
  if (!lock || container?.created !== created) return;
  const state = readRestart(store, name);
  if (state?.next === undefined) return;
  const tell = (message: string) => warn(`${name}: ${message}`);
  try {
    await bringBack(store, await find(store, name), tell);
    writeRestart(store, name, afterRestart(state));
  } catch (error) {
    const failure = {
      life: lifeOf(readExit(store, name)),
      error: (error as Error).message,
    };
    tell(`cannot be started again: ${failure.error}`);
    const policy = policyOf(container);
    writeRestart(
      store,
      name,
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
  if (status === "created") await openGate(store, container, warn);
  if (status === "stopped") await startEnded(store, container, warn);
}
