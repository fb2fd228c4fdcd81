/**
 * What the mounts of a container need: most need nothing, and load nothing.
 *
 * @module
 */
import type { Store } from "../../runtime/store.ts";
import type { SettledMount } from "./fields.ts";
import type { VolumeSources } from "./mounts.ts";
import type { Specification } from "../specification/specification.ts";
import type { Container } from "../store.ts";

/** The mounts of a container, and what its volumes are. */
export interface MountPlan {
  readonly mounts: readonly SettledMount[];
  readonly volumes: VolumeSources;
}

/** Mounts that say all there is to know. */
export function plainMounts({ mounts }: Specification): MountPlan {
  return { mounts, volumes: new Map() };
}

/**
 * Looks up volumes, and the mounts of other containers.
 *
 * @throws {NoSuchContainerError | VolumeError | PlanError}
 */
export async function planMounts(
  store: Store,
  spec: Specification,
): Promise<MountPlan> {
  const isPlain = spec.mounts.every(({ type, propagation = "rprivate" }) =>
    type !== "volume" && propagation.endsWith("private")
  );
  if (isPlain && spec.volumesFrom.length === 0) return plainMounts(spec);
  const { settleMounts } = await import("./plan.ts");
  return await settleMounts(store, spec.mounts, spec.volumesFrom);
}

/** Whether a container mounts what may have to be made first. */
export function hasToMake({ mounts = [] }: Container): boolean {
  return mounts.some(({ type, createSource }) =>
    type === "volume" || createSource
  );
}

/**
 * Makes what a container mounts, once it is on disk.
 *
 * @throws {VolumeError | PlanError | CopyError}
 */
export async function makeMounts(
  store: Store,
  container: Container,
): Promise<void> {
  if (!hasToMake(container)) return;
  const making = await import("./making.ts");
  making.makeMounts(store, container);
}
