/**
 * How a container's restarts look from outside.
 *
 * @module
 */
import type { Store } from "../../runtime/store.ts";
import type { Found } from "../find.ts";
import { mayRestart } from "../kept.ts";
import type { RestartState } from "./policy.ts";
import { lifeOf, policyOf, readRestart, settleRestart } from "./state.ts";
import { readExit } from "../store.ts";

/**
 * How it is with the restarts of a container: as somebody has noted, or the
 * daemon will where it has not seen the container end. Undefined for one that
 * nobody has started, or need be restarted.
 */
export function restartOf(
  store: Store,
  { container, status, record, exit }: Found,
): RestartState | undefined {
  if (!mayRestart(container)) return undefined;
  const state = readRestart(store, container.id);
  if (!state || status !== "stopped") return state;
  const last = { record: exit, began: record?.created };
  return settleRestart(policyOf(container), state, last, Date.now());
}

/** Whether a container has ended and waits to be started again, or just is. */
export function isRestarting(store: Store, found: Found): boolean {
  const { status } = found;
  if (status !== "stopped" && status !== "creating") return false;
  const state = restartOf(store, found);
  if (state?.next !== undefined) return true;
  // Else it may have been started since it was looked at.
  const { exit, container: { id } } = found;
  return status === "stopped" && state !== undefined &&
    lifeOf(readExit(store, id)) !== lifeOf(exit);
}
