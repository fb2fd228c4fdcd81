/**
 * Changing the limits of containers, which hold from then on: also of one that
 * does not run, and after it was started again.
 *
 * @module
 */
import { discoverHierarchies } from "../runtime/cgroup/hierarchies.ts";
import { planCgroup } from "../runtime/cgroup/plan.ts";
import { PlanError } from "../runtime/plan_error.ts";
import type { Resources } from "../runtime/spec.ts";
import type { Store } from "../runtime/store.ts";
import {
  mergeResources,
  type ResourceChange,
  update,
} from "../runtime/update.ts";
import { findLocked } from "./find.ts";
import { note, ofContainer } from "./journal/journal.ts";
import type { Limits } from "./specification/resource_fields.ts";
import { cpuLimits, memoryLimits } from "./resources.ts";
import { containerDirectory, writeContainer } from "./store.ts";

/**
 * Changes limits of a container.
 *
 * @param word Its name, its id, or as much of that as tells it from others.
 * @throws {NoSuchContainerError | PlanError | CgroupError} and it has the
 * limits it had
 */
export async function updateContainer(
  store: Store,
  word: string,
  wishes: Limits,
): Promise<void> {
  using locked = await findLocked(store, word);
  const { container, status } = locked;
  const { id, config } = container;
  const { linux } = config;
  const change = planUpdate(linux.resources, wishes);
  const resources = mergeResources(linux.resources, change);
  if (status === "stopped") {
    // What its next start would fail for is told now.
    planCgroup(discoverHierarchies(), "/rkl/update", resources);
  } else {
    await update(store, id, change);
  }
  writeContainer(containerDirectory(store, id), {
    ...container,
    config: { ...config, linux: { ...linux, resources } },
  });
  note(store, ofContainer(container, "update"));
}

/**
 * The limits to set. A container without swap stays without, whatever memory
 * it gets.
 *
 * @throws {PlanError} for a limit that does not fit those it has
 */
export function planUpdate(
  current: Resources,
  wishes: Limits,
): ResourceChange {
  const { cpuShares, pidsLimit, blockIO } = wishes;
  const cpu = {
    ...cpuLimits({ ...wishes, resources: NOTHING }),
    ...cores(wishes),
    ...(cpuShares !== undefined && { shares: cpuShares }),
  };
  const memory = withSwap(
    current.memory ?? {},
    memoryLimits(wishes) ?? {},
    wishes.memorySwap,
  );
  return {
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(pidsLimit !== undefined && { pids: { limit: pidsLimit } }),
    ...(blockIO && { blockIO }),
  };
}

const NOTHING = { limits: {}, requests: {} };

/** Time alone, not the weight that came with it once; no cores are no limit. */
function cores(
  { resources: { limits: { cpu } }, cpuQuota, cpuPeriod }: Limits,
): { quota?: number; period?: number } {
  if (!cpu) return {};
  if (cpuQuota !== undefined || cpuPeriod !== undefined) {
    throw new PlanError(
      "processor time is given twice: as cores, and by quota or period",
    );
  }
  return { quota: cpu.quota, period: cpu.period };
}

type Memory = NonNullable<Resources["memory"]>;

function withSwap(
  current: Memory,
  { swap: _, ...asked }: Memory,
  swap: number | undefined,
): Memory {
  const { limit = current.limit } = asked;
  const { reservation = current.reservation } = asked;
  if (reservation && limit && limit > 0 && reservation > limit) {
    throw new PlanError(
      `the memory reservation, ${reservation}, would be more than the limit ` +
        `of memory, ${limit}`,
    );
  }
  if (swap !== undefined) {
    if (swap !== -1 && limit === undefined) {
      throw new PlanError(
        "a limit of memory and swap needs one of memory, which it includes",
      );
    }
    if (swap !== -1 && swap < limit!) {
      throw new PlanError(
        `the limit of memory and swap, ${swap}, would be less than that of ` +
          `memory, ${limit}, which it includes`,
      );
    }
    return { ...asked, swap };
  }
  if (asked.limit === undefined) return asked;
  if (current.swap === undefined || current.swap === current.limit) {
    return { ...asked, swap: asked.limit };
  }
  if (current.swap >= 0 && current.swap < asked.limit) {
    throw new PlanError(
      `the limit of memory would be more than that of memory and swap, ` +
        `${current.swap}; change both at once`,
    );
  }
  return asked;
}
