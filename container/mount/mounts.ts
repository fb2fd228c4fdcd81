/**
 * The mounts of a container.
 *
 * @module
 */
import { DEFAULT_MOUNTS } from "../../runtime/default_config.ts";
import type { Mount } from "../../runtime/spec.ts";
import type { MountSpecification } from "./fields.ts";
import { placeOf } from "./place.ts";
import type { Specification } from "../specification/specification.ts";

/** Where shm_open(3) keeps shared memory. */
export const SHM = "/dev/shm";

/** The mounts docker gives every container; they are OCI's, proc guarded. */
export function defaultMounts(): Mount[] {
  return DEFAULT_MOUNTS.map(({ options = [], ...mount }) => ({
    ...mount,
    options: mount.type === "proc"
      ? ["nosuid", "noexec", "nodev"]
      : [...options],
  }));
}

/** What is mounted for a volume. */
export interface VolumeSource {
  /** A directory, or a filesystem of that type. */
  readonly type: "bind" | { readonly filesystem: string };
  readonly source: string;
  readonly options: readonly string[];
}

/** Volumes by name. */
export type VolumeSources = ReadonlyMap<string, VolumeSource>;

/**
 * The image's mounts and the specification's, which replace those at the same
 * destination; whatever their order, a mount comes before those below it. A
 * privileged container may write to sysfs and the cgroups.
 */
export function containerMounts(
  spec: Specification,
  base: readonly Mount[],
  volumes: VolumeSources = new Map(),
): Mount[] {
  const own = spec.mounts
    .toSorted((a, b) => depthOf(a) - depthOf(b))
    .map((mount) => toMount(mount, volumes));
  const kept = base.filter((mount) =>
    !own.some((other) => placeOf(other) === placeOf(mount))
  );
  return [...kept.flatMap((mount) => adapt(mount, spec)), ...own];
}

/** How many directories a mount is below the root. */
function depthOf(mount: { readonly destination: string }): number {
  return placeOf(mount).split("/").length;
}

function adapt(
  mount: Mount,
  { securityContext: { privileged }, ipc, shmSize }: Specification,
): Mount[] {
  if (privileged && (mount.type === "sysfs" || mount.type === "cgroup")) {
    const options = mount.options.filter((option) => option !== "ro");
    return [{ ...mount, options }];
  }
  if (mount.destination !== SHM) return [mount];
  if (ipc === "none") return [];
  if (ipc === "host") return [sharedMemoryAt(SHM)];
  if (shmSize === undefined) return [mount];
  const others = mount.options.filter((option) => !option.startsWith("size="));
  return [{ ...mount, options: [...others, `size=${shmSize}`] }];
}

/**
 * POSIX shared memory is files: who shares an IPC namespace shares them.
 *
 * @param source Where those are that are to be shared.
 */
export function sharedMemoryAt(source: string): Mount {
  const options = ["rbind", "rprivate"];
  return { destination: SHM, type: "none", source, options };
}

function toMount(mount: MountSpecification, volumes: VolumeSources): Mount {
  const { destination, readOnly, options } = mount;
  const access = readOnly ? ["ro"] : [];
  if (mount.type === "tmpfs") {
    const guards = ["nosuid", "nodev", "noexec", "mode=1777"];
    return {
      destination,
      type: "tmpfs",
      source: "tmpfs",
      options: [...guards, ...access, ...options],
    };
  }
  const volume = volumes.get(mount.name ?? "");
  if (volume && volume.type !== "bind") {
    return {
      destination,
      type: volume.type.filesystem,
      source: volume.source,
      options: [...volume.options, ...access, ...options],
    };
  }
  const all = [...volume?.options ?? [], ...options];
  const bound = mount.recursive === "disabled" || all.includes("bind");
  return {
    destination,
    type: "none",
    source: volume?.source ?? mount.source!, // the schema asks for it
    options: [
      bound ? "bind" : "rbind",
      mount.propagation ?? "rprivate",
      ...(readOnly ? READ_ONLY[mount.recursive ?? "enabled"] : []),
      ...all.filter((option) => !/^r?bind$/.test(option)),
    ],
  };
}

/** Unless asked otherwise, all below the mount is read-only too. */
const READ_ONLY: Readonly<
  Record<NonNullable<MountSpecification["recursive"]>, readonly string[]>
> = {
  enabled: ["rro"],
  readonly: ["rro"],
  writable: ["ro"],
  disabled: ["ro"],
};
