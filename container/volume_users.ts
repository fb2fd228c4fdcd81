/**
 * Which containers use volumes, and removing volumes that none uses.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { listEntries } from "../sys/entry.ts";
import { sizeOfTree } from "../sys/tree_size.ts";
import {
  eraseVolume,
  listVolumes,
  lockVolume,
  volumeDirectory,
  volumesDirectory,
} from "../volume/store.ts";
import {
  NoSuchVolumeError,
  type Volume,
  VolumeError,
} from "../volume/volume.ts";
import { findAll } from "./find.ts";
import type { SettledMount } from "./mount_fields.ts";
import { containersDirectory, tryReadContainer } from "./store.ts";

/** The containers that use volumes, by the volumes' names. */
export function volumeUsers(store: Store): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const id of listEntries(containersDirectory(store))) {
    for (const { type, name } of tryReadContainer(store, id)?.mounts ?? []) {
      if (type !== "volume") continue;
      const others = users.get(name!) ?? [];
      users.set(name!, [...others.filter((other) => other !== id), id]);
    }
  }
  return users;
}

/**
 * Removes a volume that no container uses.
 *
 * @throws {NoSuchVolumeError | VolumeError}
 */
export async function removeVolume(store: Store, name: string): Promise<void> {
  await findAll(store); // what a crash left uses none
  using lock = lockVolume(store, name);
  if (!lock) throw new NoSuchVolumeError(name, volumesDirectory(store));
  const users = volumeUsers(store).get(name) ?? [];
  if (users.length > 0) {
    const several = users.length > 1;
    throw new VolumeError(
      `cannot remove volume "${name}": ` +
        `${several ? "containers" : "container"} ${users.join(", ")} ` +
        `${several ? "use" : "uses"} it; remove ${several ? "them" : "that"} ` +
        "first",
    );
  }
  eraseVolume(store, name);
}

/** Volumes that were removed, and how much room they took. */
export interface PrunedVolumes {
  /** Their names. */
  readonly volumes: readonly string[];
  /** In bytes. */
  readonly reclaimed: number;
}

/** Removes the volumes that no container uses, if they are meant. */
export async function pruneVolumes(
  store: Store,
  isMeant: (volume: Volume) => boolean,
): Promise<PrunedVolumes> {
  await findAll(store);
  const volumes: string[] = [];
  let reclaimed = 0;
  for (const { name } of listVolumes(store).filter(isMeant)) {
    using lock = lockVolume(store, name);
    if (!lock || volumeUsers(store).has(name)) continue;
    reclaimed += sizeOfTree(volumeDirectory(store, name));
    eraseVolume(store, name);
    volumes.push(name);
  }
  return { volumes, reclaimed };
}

/**
 * Removes the volumes that nobody named and only this container uses. It is
 * still on disk: whoever is killed here is followed by who removes the rest.
 */
export function removeOwnVolumes(
  store: Store,
  id: string,
  mounts: readonly SettledMount[],
): void {
  for (const { name, anonymous } of mounts) {
    if (!anonymous) continue;
    using lock = lockVolume(store, name!);
    const users = volumeUsers(store).get(name!) ?? [];
    if (!lock || users.some((user) => user !== id)) continue;
    eraseVolume(store, name!);
  }
}
