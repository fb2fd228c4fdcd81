/**
 * Which containers use volumes, and removing volumes that none uses.
 *
 * @module
 */
import type { Store } from "../../runtime/store.ts";
import { sizeOfTree } from "../../sys/tree_size.ts";
import {
  eraseVolume,
  listVolumes,
  lockVolume,
  volumeDirectory,
  volumesDirectory,
} from "../../volume/store.ts";
import {
  NoSuchVolumeError,
  type Volume,
  VolumeError,
} from "../../volume/volume.ts";
import { findAll } from "../find.ts";
import type { ContainerId } from "../id.ts";
import { note, ofVolume } from "../journal/journal.ts";
import type { SettledMount } from "./fields.ts";
import { listIds } from "../name_index.ts";
import { type Container, tryReadContainer } from "../store.ts";

/** The containers that use volumes, by the volumes' names. */
export function volumeUsers(store: Store): Map<string, Container[]> {
  const users = new Map<string, Container[]>();
  for (const id of listIds(store)) {
    const container = tryReadContainer(store, id);
    for (const { type, name } of container?.mounts ?? []) {
      if (type !== "volume") continue;
      const known = users.get(name!) ?? [];
      if (known.at(-1) !== container) users.set(name!, [...known, container!]);
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
    const names = users.map(({ name }) => name).join(", ");
    throw new VolumeError(
      `cannot remove volume "${name}": ` +
        `${several ? "containers" : "container"} ${names} ` +
        `${several ? "use" : "uses"} it; remove ${several ? "them" : "that"} ` +
        "first",
    );
  }
  erase(store, name);
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
    erase(store, name);
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
  id: ContainerId,
  mounts: readonly SettledMount[],
): void {
  for (const { name, anonymous } of mounts) {
    if (!anonymous) continue;
    using lock = lockVolume(store, name!);
    const users = volumeUsers(store).get(name!) ?? [];
    if (!lock || users.some((user) => user.id !== id)) continue;
    erase(store, name!);
  }
}

function erase(store: Store, name: string): void {
  eraseVolume(store, name);
  note(store, ofVolume(name, "destroy"));
}
