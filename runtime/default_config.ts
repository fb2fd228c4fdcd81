/**
 * The configuration `rkl spec` writes: a shell in a read-only root filesystem
 * with its own namespaces and next to no rights. runc and crun run it too.
 *
 * @module
 */
import type { ConfigInput } from "./spec.ts";

/** What `rkl spec` may be asked to change. */
export type DefaultConfigOptions = {
  /** For a caller without root: its ids, mapped to root of the container. */
  rootless?: { uid: number; gid: number };
};

const CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

/** Files of procfs and sysfs that tell of the host, or are slow to read. */
export const MASKED_PATHS: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

/** Parts of procfs that change the host when written. */
export const READONLY_PATHS: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

/** The mounts a Linux program expects, of config-linux.md and runc. */
export const DEFAULT_MOUNTS: readonly {
  destination: string;
  type: string;
  source: string;
  options?: readonly string[];
}[] = [
  { destination: "/proc", type: "proc", source: "proc" },
  {
    destination: "/dev",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
  },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    options: [
      "nosuid",
      "noexec",
      "newinstance",
      "ptmxmode=0666",
      "mode=0620",
      "gid=5",
    ],
  },
  {
    destination: "/dev/shm",
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
  },
  {
    destination: "/dev/mqueue",
    type: "mqueue",
    source: "mqueue",
    options: ["nosuid", "noexec", "nodev"],
  },
  {
    destination: "/sys",
    type: "sysfs",
    source: "sysfs",
    options: ["nosuid", "noexec", "nodev", "ro"],
  },
  {
    destination: "/sys/fs/cgroup",
    type: "cgroup",
    source: "cgroup",
    options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
  },
];

/** The configuration `rkl spec` writes. */
export function defaultConfig(
  { rootless }: DefaultConfigOptions = {},
): ConfigInput {
  const config: ConfigInput = {
    ociVersion: "1.1.0", // crun of Debian 12 knows no later one
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ["sh"],
      env: [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "TERM=xterm",
      ],
      cwd: "/",
      capabilities: {
        bounding: [...CAPABILITIES],
        effective: [...CAPABILITIES],
        permitted: [...CAPABILITIES],
      },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "rkl",
    mounts: DEFAULT_MOUNTS.map(({ options, ...mount }) =>
      options ? { ...mount, options: [...options] } : mount
    ),
    linux: {
      resources: { devices: [{ allow: false, access: "rwm" }] },
      namespaces: [
        { type: "pid" },
        { type: "network" },
        { type: "ipc" },
        { type: "uts" },
        { type: "mount" },
        { type: "cgroup" },
      ],
      maskedPaths: [...MASKED_PATHS],
      readonlyPaths: [...READONLY_PATHS],
    },
  };
  return rootless ? withoutRoot(config, rootless) : config;
}

/**
 * What a user without root cannot have: mounts of sysfs outside an owned
 * network namespace, cgroups, and the group of devpts, which is not mapped.
 */
function withoutRoot(
  config: ConfigInput,
  { uid, gid }: { uid: number; gid: number },
): ConfigInput {
  const mounts = (config.mounts ?? []).flatMap((mount) => {
    if (mount.type === "cgroup") return [];
    const options = mount.options?.filter((option) => option !== "gid=5");
    return [options ? { ...mount, options } : mount];
  });
  const { resources: _, ...linux } = config.linux ?? {};
  return {
    ...config,
    mounts,
    linux: {
      ...linux,
      namespaces: [...linux.namespaces ?? [], { type: "user" }],
      uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
    },
  };
}
