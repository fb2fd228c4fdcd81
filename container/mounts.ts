/**
 * The mounts of a container.
 *
 * @module
 */
import { DEFAULT_MOUNTS } from "../runtime/default_config.ts";
import type { Mount } from "../runtime/spec.ts";
import type { Specification } from "./specification.ts";

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
  { mounts, securityContext: { privileged }, ipc }: Specification,
  base: readonly Mount[],
): Mount[] {
  const own = mounts.map(toMount);
  const kept = base.filter(({ destination }) =>
    !own.some((mount) => trim(mount.destination) === trim(destination))
  );
  return [...kept.map((mount) => adapt(mount, privileged, ipc)), ...own];
}

function adapt(mount: Mount, privileged: boolean, ipc?: string): Mount {
  if (privileged && (mount.type === "sysfs" || mount.type === "cgroup")) {
    const options = mount.options.filter((option) => option !== "ro");
    return { ...mount, options };
  }
  // POSIX shared memory is files: who shares the IPC namespace shares them.
  if (ipc === "host" && mount.destination === "/dev/shm") {
    return {
      destination: "/dev/shm",
      type: "none",
      source: "/dev/shm",
      options: ["rbind", "rprivate"],
    };
  }
  return mount;
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
