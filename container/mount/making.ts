/**
 * Making what a container mounts: volumes that are not there, with what the
 * image has in their place, and directories of the host.
 *
 * The container is on disk by then and so a user of its volumes. Who removes a
 * volume holds its lock and looks at all containers: either they see this one,
 * or this one sees that the volume has gone.
 *
 * @module
 */
import { PlanError } from "../../runtime/plan_error.ts";
import type { Store } from "../../runtime/store.ts";
import { exists } from "../../sys/entry.ts";
import { fillVolume, settleVolume } from "../../volume/fill.ts";
import {
  createVolume,
  dataDirectory,
  lockVolume,
  tryFindVolume,
} from "../../volume/store.ts";
import { contentOf, type Volume, VolumeError } from "../../volume/volume.ts";
import { note, ofVolume } from "../journal/journal.ts";
import type { SettledMount } from "./fields.ts";
import type { Container } from "../store.ts";

/**
 * Makes what a container mounts. Its lock is the caller's.
 *
 * @throws {VolumeError | PlanError | CopyError}
 */
export function makeMounts(
  store: Store,
  { mounts = [], config }: Pick<Container, "mounts" | "config">,
): void {
  for (const mount of mounts) {
    if (mount.type === "volume") makeVolume(store, mount, config.root.path);
    else if (mount.createSource) makeSource(mount);
  }
}

/** What {@linkcode makeMounts} would make, a line each; and which directories. */
export function describeMounts(
  store: Store,
  { mounts = [] }: Pick<Container, "mounts">,
): { lines: string[]; directories: string[] } {
  const missing = mounts.flatMap((mount) => {
    if (mount.type === "volume" && !tryFindVolume(store, mount.name!)) {
      return [`create the volume ${mount.name}`];
    }
    const isMade = mount.createSource && !exists(mount.source!);
    return isMade ? [`make the directory ${mount.source}`] : [];
  });
  const directories = mounts.flatMap(({ type, name, source, createSource }) => {
    if (type === "volume") return [dataDirectory(store, name!)];
    return createSource ? [source!] : [];
  });
  return { lines: missing, directories };
}

function makeVolume(store: Store, mount: SettledMount, rootfs: string): void {
  const { name, created, driverOptions = {}, labels = {} } = mount;
  for (;;) {
    const volume = created === undefined
      ? createVolume(store, {
        name: name!,
        anonymous: mount.anonymous ?? false,
        options: driverOptions,
        labels,
      }, () => note(store, ofVolume(name!, "create")))
      : tryFindVolume(store, name!);
    if (!volume) throw changed(name!);
    using lock = lockVolume(store, name!);
    // It may be another by the time that the lock is there.
    const now = lock && tryFindVolume(store, name!);
    if (now?.created !== volume.created) {
      if (created === undefined) continue;
      throw changed(name!);
    }
    checkPlanned(volume, mount);
    if (contentOf(volume.options).kind !== "own") return;
    return mount.noCopy
      ? settleVolume(store, name!)
      : fillVolume(store, name!, rootfs, mount.destination);
  }
}

/** What is mounted was settled when the container was planned. */
function checkPlanned(volume: Volume, mount: SettledMount): void {
  if (mount.created === volume.created) return;
  const { driverOptions = {}, name } = mount;
  const isPlanned = mount.created === undefined &&
    JSON.stringify(sorted(volume.options)) ===
      JSON.stringify(sorted(driverOptions));
  if (!isPlanned) throw changed(name!);
}

function sorted(options: { readonly [key: string]: string }) {
  return Object.entries(options).sort(([a], [b]) => a < b ? -1 : 1);
}

function changed(name: string): VolumeError {
  return new VolumeError(
    `volume "${name}" was removed or made anew meanwhile; try again`,
  );
}

function makeSource({ source, destination }: SettledMount): void {
  if (exists(source!)) return;
  try {
    const umask = Deno.umask(0o022);
    try {
      Deno.mkdirSync(source!, { recursive: true, mode: 0o755 });
    } finally {
      Deno.umask(umask);
    }
  } catch (cause) {
    throw new PlanError(
      `the mount at ${destination}: cannot make ${source}: ${
        (cause as Error).message
      }`,
      { cause },
    );
  }
}
