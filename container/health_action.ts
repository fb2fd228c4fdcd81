/**
 * What is done with a container that has turned unhealthy.
 *
 * @module
 */
import { openCgroup } from "../runtime/cgroup/cgroup.ts";
import { type Store, tryReadRecord } from "../runtime/store.ts";
import { isAlive, isSameProcess, type ProcessId } from "../sys/process.ts";
import type { Warn } from "./ending.ts";
import type { Health } from "./health_state.ts";
import type { Healthcheck } from "./healthcheck.ts";
import { endContainer } from "./lifecycle.ts";
import { afterOrder, afterStop, type RestartState } from "./restart_policy.ts";
import {
  awaitContainer,
  lifeOf,
  readRestart,
  writeRestart,
} from "./restart_state.ts";
import { readExit } from "./store.ts";

/** Does it to the life of a container that is unhealthy. */
export type HealthAction = (
  store: Store,
  name: string,
  init: ProcessId,
  warn: Warn,
) => Promise<void> | void;

const ACTIONS: { readonly [A in Healthcheck["onFailure"]]?: HealthAction } = {
  kill(store, name, init) {
    const record = tryReadRecord(store, name);
    if (!record?.init || !isSameProcess(record.init, init)) return;
    openCgroup(record.cgroups).kill();
  },
  async restart(store, name, init, warn) {
    const noted = await note(
      store,
      name,
      init,
      (state, life) => afterOrder(state, life, Date.now()),
    );
    if (noted) await endContainer(store, name, { warn });
  },
  async stop(store, name, init, warn) {
    const noted = await note(store, name, init, afterStop);
    if (noted) await endContainer(store, name, { warn });
  },
};

/** What is to be done with one that has just become so; often nothing. */
export function healthAction(
  { onFailure }: Healthcheck,
  { Status }: Health,
): HealthAction | undefined {
  return Status === "unhealthy" ? ACTIONS[onFailure] : undefined;
}

/**
 * Writes down what follows, for whoever sees the container end. False when it
 * has ended by itself.
 */
async function note(
  store: Store,
  name: string,
  init: ProcessId,
  follow: (state: RestartState, life: string) => RestartState,
): Promise<boolean> {
  using lock = await awaitContainer(store, name);
  if (!lock || !isAlive(init)) return false;
  const state = readRestart(store, name);
  const life = lifeOf(readExit(store, name));
  if (state && life !== undefined) {
    writeRestart(store, name, follow(state, life));
  }
  return true;
}
