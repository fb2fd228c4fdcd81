/**
 * Changing the limits of a container that lives.
 *
 * @module
 */
import { replaceFile } from "../sys/entry.ts";
import { openCgroup } from "./cgroup/cgroup.ts";
import { updateCgroup } from "./cgroup/update.ts";
import { StatusError } from "./refusals.ts";
import type { Resources } from "./spec.ts";
import { hold, statusOf } from "./status.ts";
import {
  directoryOf,
  readStoredConfig,
  type Store,
  writeRecord,
} from "./store.ts";

/** Limits that may be changed: those for devices are set when it is created. */
export type ResourceChange = Omit<Resources, "devices">;

/**
 * Sets the limits that `change` names, and keeps the others. When one is
 * refused, those that were set before it are put back.
 *
 * @throws {NoSuchContainerError | StatusError | CgroupError}
 */
export async function update(
  store: Store,
  id: string,
  change: ResourceChange,
): Promise<void> {
  using held = await hold(store, id);
  const { record } = held;
  const status = statusOf(store, record);
  if (status === "stopped") {
    throw new StatusError("update", id, status, "it has no limits any more");
  }
  const config = readStoredConfig(store, id);
  const { linux } = config;
  const resources = mergeResources(linux.resources, change);
  const cgroup = openCgroup(record.cgroups);
  const undo = updateCgroup(cgroup, together(resources, change));
  try {
    const directory = directoryOf(store, id);
    writeRecord(directory, { ...record, cgroups: { ...cgroup.paths } });
    const changed = { ...config, linux: { ...linux, resources } };
    replaceFile(`${directory}/config.json`, JSON.stringify(changed));
  } catch (error) {
    undo();
    throw error;
  }
}

/** `base` with what `change` says. */
export function mergeResources(
  base: Resources,
  change: ResourceChange,
): Resources {
  const { cpu, memory, blockIO } = change;
  return {
    ...base,
    ...change,
    ...(cpu && { cpu: { ...base.cpu, ...cpu } }),
    ...(memory && { memory: { ...base.memory, ...memory } }),
    ...(blockIO && { blockIO: { ...base.blockIO, ...blockIO } }),
  };
}

/** A limit of swap means nothing without that of memory, which it includes. */
function together(
  { memory }: Resources,
  change: ResourceChange,
): ResourceChange {
  const { limit, swap } = change.memory ?? {};
  if (limit === undefined && swap === undefined) return change;
  const both = { limit: memory?.limit, swap: memory?.swap };
  return { ...change, memory: { ...both, ...change.memory } };
}
