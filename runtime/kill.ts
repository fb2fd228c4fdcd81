/**
 * The operation `kill`.
 *
 * @module
 */
import { identify, SIGKILL, signalProcess } from "../sys/process.ts";
import { openCgroup } from "./cgroup/cgroup.ts";
import { settle, statusOf } from "./status.ts";
import type { Store } from "./store.ts";
import { StatusError } from "./refusals.ts";

/**
 * Sends a signal to init, or to every process of the container.
 *
 * @throws {NoSuchContainerError | StatusError} when init has ended
 */
export async function kill(
  store: Store,
  id: string,
  signal: number,
  options: { all?: boolean } = {},
): Promise<void> {
  const record = await settle(store, id);
  const cgroup = openCgroup(record.cgroups);
  if (options.all) {
    if (signal === SIGKILL) return cgroup.kill();
    signalAll(cgroup.processes(), signal);
    return;
  }
  const { init } = record;
  if (init && signalProcess(init, signal)) {
    // A frozen process dies of SIGKILL only where the freezer is v2's.
    if (signal === SIGKILL && cgroup.isFrozen()) cgroup.kill();
    return;
  }
  const status = statusOf(store, record);
  throw new StatusError("kill", id, status, "only a live one takes signals");
}

function signalAll(pids: readonly number[], signal: number): void {
  for (const pid of pids) {
    const process = identify(pid);
    if (process) signalProcess(process, signal);
  }
}
