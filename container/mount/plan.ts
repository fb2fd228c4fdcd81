/**
 * The mounts of a container that have to be looked up: volumes, and what
 * another container has mounted.
 *
 * Nothing is made here: `mount/making.ts` does that once the container is on
 * disk, and so counts as a user of its volumes.
 *
 * @module
 */
import { PlanError } from "../../runtime/plan_error.ts";
import type { Store } from "../../runtime/store.ts";
import { dataDirectory, tryFindVolume } from "../../volume/store.ts";
import { anonymousName, contentOf, VolumeError } from "../../volume/volume.ts";
import { find } from "../find.ts";
import type {
  MountSpecification,
  SettledMount,
  VolumesFrom,
} from "./fields.ts";
import { placeOf } from "./place.ts";
import type { MountPlan } from "./needs.ts";
import type { VolumeSource } from "./mounts.ts";
import { checkPropagation } from "./propagation.ts";

/**
 * Settles the mounts of a container: those of `volumesFrom` first, which its
 * own replace.
 *
 * @throws {NoSuchContainerError | VolumeError | PlanError}
 */
export async function settleMounts(
  store: Store,
  own: readonly MountSpecification[],
  volumesFrom: readonly VolumesFrom[],
): Promise<MountPlan> {
  const mounts = new Map<string, SettledMount>();
  for (const from of volumesFrom) {
    for (const mount of await mountsOf(store, from)) {
      mounts.set(placeOf(mount), mount);
    }
  }
  for (const mount of own) mounts.set(placeOf(mount), named(mount));
  const volumes = new Map<string, VolumeSource>();
  const settled = [...mounts.values()].map((mount): SettledMount => {
    if (mount.type === "bind") checkPropagation(mount);
    if (mount.type !== "volume") return mount;
    const found = tryFindVolume(store, mount.name!);
    const options = found?.options ?? mount.driverOptions ?? {};
    volumes.set(mount.name!, sourceOf(store, mount, options));
    return found ? { ...mount, created: found.created } : mount;
  });
  return { mounts: settled, volumes };
}

/** What another container has mounted, but what is in its memory alone. */
async function mountsOf(
  store: Store,
  { container: name, access }: VolumesFrom,
): Promise<SettledMount[]> {
  const { container } = await find(store, name);
  return (container.mounts ?? [])
    .filter(({ type }) => type !== "tmpfs")
    .map((mount) => ({
      ...mount,
      readOnly: access === undefined ? mount.readOnly : access === "ro",
      ...(mount.type === "volume" && { noCopy: true }),
    }));
}

function named(mount: MountSpecification): SettledMount {
  if (mount.type !== "volume" || mount.name !== undefined) return mount;
  return { ...mount, name: anonymousName(), anonymous: true };
}

/** What is mounted for a volume with such options. */
function sourceOf(
  store: Store,
  { name, subPath, destination }: MountSpecification,
  options: { readonly [key: string]: string },
): VolumeSource {
  try {
    const content = contentOf(options);
    if (content.kind === "own") {
      return { type: "bind", source: dataDirectory(store, name!), options: [] };
    }
    const { device: source, options: words } = content;
    if (content.kind === "bind") {
      return { type: "bind", source, options: words };
    }
    if (subPath !== undefined) {
      throw new PlanError(
        `the mount at ${destination}: volume "${name}" is a filesystem that ` +
          "is mounted for each container, and has no subPath",
      );
    }
    const type = { filesystem: content.type };
    return { type, source, options: words };
  } catch (cause) {
    if (!(cause instanceof VolumeError)) throw cause;
    throw new VolumeError(`volume "${name}": ${cause.message}`, { cause });
  }
}
