/**
 * Changing the restart policy of a container that is there.
 *
 * @module
 */
import { PlanError } from "../../runtime/plan_error.ts";
import type { Store } from "../../runtime/store.ts";
import type { Warn } from "../network/ending.ts";
import { findLocked } from "../find.ts";
import { note, ofContainer } from "../journal/journal.ts";
import { mayRestart } from "../kept.ts";
import { keep } from "../daemon_poke.ts";
import { FRESH, type RestartPolicy } from "./policy.ts";
import { readRestart, writeRestart } from "./state.ts";
import { containerDirectory, writeContainer } from "../store.ts";

/**
 * Has another policy follow the end of a container, from now on; what was
 * decided already stays.
 *
 * @throws {NoSuchContainerError}
 * @throws {PlanError} for one that is removed when it ends
 */
export async function setRestartPolicy(
  store: Store,
  name: string,
  policy: RestartPolicy,
  { warn = () => {} }: { warn?: Warn } = {},
): Promise<void> {
  using locked = await findLocked(store, name);
  const { container, status } = locked;
  if (container.autoRemove && policy.name !== "no") {
    throw new PlanError(
      "Restart policy cannot be updated because AutoRemove is enabled for " +
        "the container",
    );
  }
  const { restart: _, ...rest } = container;
  const changed = { ...rest, ...(policy.name !== "no" && { restart: policy }) };
  const { id } = container;
  const runs = status === "running" || status === "paused";
  if (runs && mayRestart(changed) && !readRestart(store, id)) {
    writeRestart(store, id, FRESH);
  }
  writeContainer(containerDirectory(store, id), changed);
  note(store, ofContainer(changed, "update"), warn);
  if (runs) await keep(store, changed, warn);
}
