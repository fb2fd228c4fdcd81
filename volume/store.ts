/**
 * Volumes on disk.
 *
 *     DATA/volumes/NAME/volume.json  {@linkcode Volume}
 *     DATA/volumes/NAME/lock         held by whoever fills or removes it
 *     DATA/volumes/NAME/_data        what containers see
 *     DATA/volumes/NAME/_new, _full  see `fill.ts`
 *
 * Only root enters DATA/volumes: containers see `_data` by a mount, which asks
 * nobody about the directories above.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import {
  listEntries,
  lockEntry,
  newEntry,
  removeEntry,
  replaceFile,
  sweepPending,
  tryReadText,
} from "../sys/entry.ts";
import type { Fd } from "../sys/fd.ts";
import {
  anonymousName,
  checkVolumeName,
  contentOf,
  NoSuchVolumeError,
  type Volume,
  VolumeError,
  type VolumeWishes,
} from "./volume.ts";

/** Where volumes are kept. */
export function volumesDirectory({ dataRoot }: Store): string {
  return `${dataRoot}/volumes`;
}

/** The directory of a volume. */
export function volumeDirectory(store: Store, name: string): string {
  return `${volumesDirectory(store)}/${checkVolumeName(name)}`;
}

/** What containers see of a volume that has no options. */
export function dataDirectory(store: Store, name: string): string {
  return `${volumeDirectory(store, name)}/_data`;
}

/** The volume of that name, or undefined when there is none. */
export function tryFindVolume(store: Store, name: string): Volume | undefined {
  const path = `${volumeDirectory(store, name)}/volume.json`;
  const text = tryReadText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VolumeError(
      `cannot read the volume in ${path}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * The volume of that name.
 *
 * @throws {NoSuchVolumeError}
 */
export function findVolume(store: Store, name: string): Volume {
  const volume = tryFindVolume(store, name);
  if (volume) return volume;
  throw new NoSuchVolumeError(name, volumesDirectory(store));
}

/** All volumes, by name, after what makers who were killed left is removed. */
export function listVolumes(store: Store): Volume[] {
  const parent = volumesDirectory(store);
  sweepPending(parent);
  return listEntries(parent)
    .flatMap((name) => tryFindVolume(store, name) ?? []);
}

/**
 * Makes a volume, or finds the one of that name, as docker does: it has to be
 * what is wished for.
 *
 * @param made Told of one that was not there.
 * @throws {VolumeError}
 */
export function createVolume(
  store: Store,
  wishes: VolumeWishes,
  made: (volume: Volume) => void = () => {},
): Volume {
  const name = checkVolumeName(wishes.name ?? anonymousName());
  const { labels = {}, options = {} } = wishes;
  contentOf(options);
  for (;;) {
    const found = tryFindVolume(store, name);
    if (found) return checkSame(found, options);
    const volume: Volume = {
      name,
      driver: "local",
      created: new Date().toISOString(),
      anonymous: wishes.anonymous ?? wishes.name === undefined,
      labels,
      options,
    };
    if (!tryMake(store, volume)) continue;
    made(volume);
    return volume;
  }
}

function checkSame(found: Volume, options: Volume["options"]): Volume {
  const keys = Object.keys(options);
  if (keys.every((key) => found.options[key] === options[key])) return found;
  throw new VolumeError(
    `volume "${found.name}" exists with other options; remove it first, or ` +
      "take another name",
  );
}

/** Makes a volume; false when another was faster. */
function tryMake(store: Store, volume: Volume): boolean {
  class Taken extends Error {}
  try {
    const taken = () => new Taken();
    using entry = newEntry(volumesDirectory(store), volume.name, taken);
    const { directory } = entry;
    replaceFile(`${directory}/volume.json`, JSON.stringify(volume));
    Deno.mkdirSync(`${directory}/_data`);
    Deno.chmodSync(`${directory}/_data`, 0o755); // whatever the umask is
    entry.publish();
    return true;
  } catch (error) {
    if (error instanceof Taken) return false;
    throw error;
  }
}

/** Waits for the lock of a volume; undefined when there is none. */
export function lockVolume(store: Store, name: string): Fd | undefined {
  return lockEntry(volumeDirectory(store, name));
}

/** Removes a volume and all in it; the caller holds its lock. */
export function eraseVolume(store: Store, name: string): void {
  removeEntry(volumesDirectory(store), name);
}
