/**
 * The mounts of a container.
 *
 * @module
 */
import { DEFAULT_MOUNTS } from "../runtime/default_config.ts";
import type { Mount } from "../runtime/spec.ts";
import type { Specification } from "./specification.ts";

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

/**
 * The image's mounts and the specification's, which replace those at the same
 * destination. A privileged container may write to sysfs and the cgroups.
 */
export function containerMounts(
  spec: Specification,
  base: readonly Mount[],
): Mount[] {
  const own = spec.mounts.map(toMount);
  const kept = base.filter(({ destination }) =>
    !own.some((mount) => trim(mount.destination) === trim(destination))
  );
  return [...kept.flatMap((mount) => adapt(mount, spec)), ...own];
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

function toMount(mount: Specification["mounts"][number]): Mount {
  const { type, source, destination, readOnly, options } = mount;
  const access = readOnly ? ["ro"] : [];
  if (type === "tmpfs") {
    const guards = ["nosuid", "nodev", "noexec", "mode=1777"];
    return {
      destination,
      type,
      source: type,
      options: [...guards, ...access, ...options],
    };
  }
  const bind = options.includes("bind") ? [] : ["rbind"];
  // All below the mount too, where the kernel can (5.12).
  const recursive = readOnly ? ["rro"] : [];
  return {
    destination,
    type: "none",
    source: source!, // the schema asks for it
    options: [...bind, "rprivate", ...recursive, ...options],
  };
}

function trim(path: string): string {
  return path.replace(/\/+$/, "");
}
