/**
 * The operation `start`.
 *
 * @module
 */
import { waitFor } from "../sys/epoll.ts";
import { open, writeAll } from "../sys/fd.ts";
import { openCgroup } from "./cgroup/cgroup.ts";
import { readFailure } from "./init_report.ts";
import { hold, openGate, statusOf } from "./status.ts";
import { directoryOf, readStoredConfig, type Store } from "./store.ts";
import { StatusError } from "./refusals.ts";

/**
 * Lets a created container run its program, and returns once it does.
 *
 * @throws {NoSuchContainerError | StatusError | ExecError}
 */
export async function start(store: Store, id: string): Promise<void> {
  using held = await hold(store, id);
  const { record } = held;
  using gate = openGate(store, id);
  if (!gate) {
    const status = statusOf(store, record);
    const hint = status === "stopped"
      ? "delete it and create it anew"
      : "only a created container can be started";
    throw new StatusError("start", id, status, hint);
  }
  if (openCgroup(record.cgroups).isFrozen()) {
    throw new StatusError("start", id, "paused", "resume it first");
  }
  writeAll(gate.number, Uint8Array.of(1));
  // The gate loses its last reader when the program is executed, or has failed.
  await waitFor(gate.number, 0).events;
  using file = open(`${directoryOf(store, id)}/failure`);
  const failure = readFailure(file);
  if (!failure) return;
  const { explainFailure } = await import("./init_failure.ts");
  const { process, mounts } = readStoredConfig(store, id);
  const what = record.rows[failure.row] ?? "run init";
  const { rootfs } = record;
  throw explainFailure(what, failure.errno, { rootfs, process, mounts });
}
