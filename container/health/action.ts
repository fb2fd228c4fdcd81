/**
 * What is done with a container that has turned unhealthy.
 *
 * @module
 */
import { openCgroup } from "../../runtime/cgroup/cgroup.ts";
import { type Store, tryReadRecord } from "../../runtime/store.ts";
import { awaitEntry } from "../../sys/entry.ts";
import { isAlive, isSameProcess, type ProcessId } from "../../sys/process.ts";
import type { Warn } from "../network/ending.ts";
import type { ContainerId } from "../id.ts";
import type { HealthStatus } from "./state.ts";
import type { Healthcheck } from "./healthcheck.ts";
import { endContainer } from "../stop.ts";
import { afterOrder, afterStop, type RestartState } from "../restart/policy.ts";
import { lifeOf, readRestart, writeRestart } from "../restart/state.ts";
import { containerDirectory, readExit } from "../store.ts";

/** Does it to the life of a container that is unhealthy. */
export type HealthAction = (
  store: Store,
  id: ContainerId,
  init: ProcessId,
  warn: Warn,
) => Promise<void> | void;

const ACTIONS: { readonly [A in Healthcheck["onFailure"]]?: HealthAction } = {
  kill(store, id, init) {
    const record = tryReadRecord(store, id);
    if (!record?.init || !isSameProcess(record.init, init)) return;
    openCgroup(record.cgroups).kill();
  },
  async restart(store, id, init, warn) {
    const noted = await note(
      store,
      id,
      init,
      (state, life) => afterOrder(state, life, Date.now()),
    );
    if (noted) await endContainer(store, id, { warn });
  },
  async stop(store, id, init, warn) {
    const noted = await note(store, id, init, afterStop);
    if (noted) await endContainer(store, id, { warn });
  },
};

/** What is to be done with one that has just become so; often nothing. */
export function healthAction(
  { onFailure }: Healthcheck,
  status: HealthStatus,
): HealthAction | undefined {
  return status === "unhealthy" ? ACTIONS[onFailure] : undefined;
}

/**
 * Writes down what follows, for whoever sees the container end. False when it
 * has ended by itself.
 */
async function note(
  store: Store,
  id: ContainerId,
  init: ProcessId,
  follow: (state: RestartState, life: string) => RestartState,
): Promise<boolean> {
  using lock = await awaitEntry(containerDirectory(store, id));
  if (!lock || !isAlive(init)) return false;
  const state = readRestart(store, id);
  const life = lifeOf(readExit(store, id));
  if (state && life !== undefined) {
    writeRestart(store, id, follow(state, life));
  }
  return true;
}
