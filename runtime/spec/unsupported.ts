/**
 * What a valid config.json may ask for and rkl does not do. The runtime
 * refuses it by name: a limit that is not enforced must not look as if it were.
 *
 * @module
 */
import type { Config } from "../spec.ts";
import { CAPABILITIES } from "./tables.ts";

/** A field, what it needs, and whether a configuration asks for it. */
type Gap = readonly [
  field: string,
  needs: string,
  asked: (config: Config) => unknown,
];

const GAPS: readonly Gap[] = [
  [
    "hooks",
    "programs run by rkl at each stage of a container's life",
    ({ hooks = {} }) => Object.values(hooks).some((list) => some(list)),
  ],
  [
    "process.selinuxLabel",
    "a label set through /proc/self/attr before exec",
    ({ process }) => process.selinuxLabel,
  ],
  [
    "process.scheduler",
    "sched_setattr(2) before exec",
    ({ process }) => process.scheduler,
  ],
  [
    "process.ioPriority",
    "ioprio_set(2) before exec",
    ({ process }) => process.ioPriority,
  ],
  [
    "process.execCPUAffinity",
    "sched_setaffinity(2) around `exec`",
    ({ process }) =>
      process.execCPUAffinity?.initial || process.execCPUAffinity?.final,
  ],
  [
    "SCMP_ACT_NOTIFY of linux.seccomp",
    "a listener sent to linux.seccomp.listenerPath",
    ({ linux: { seccomp } }) =>
      [seccomp, ...seccomp?.syscalls ?? []].some((rule) =>
        rule && ("action" in rule ? rule.action : rule.defaultAction) ===
          "SCMP_ACT_NOTIFY"
      ),
  ],
  [
    "linux.mountLabel",
    "an SELinux context on every mount",
    ({ linux }) => linux.mountLabel,
  ],
  [
    "linux.intelRdt",
    "a group in the resctrl filesystem",
    ({ linux }) => linux.intelRdt,
  ],
  [
    "linux.memoryPolicy",
    "set_mempolicy(2) before exec",
    ({ linux }) => linux.memoryPolicy,
  ],
  [
    "linux.namespaces.path of the type user",
    "the namespace to be entered before all others are made",
    ({ linux }) =>
      linux.namespaces?.some(({ type, path }) => type === "user" && path),
  ],
  [
    "linux.personality",
    "personality(2) before exec",
    ({ linux }) => linux.personality,
  ],
  [
    "linux.netDevices",
    "network devices moved into the container's namespace",
    ({ linux }) => Object.keys(linux.netDevices ?? {}).length > 0,
  ],
  [
    "linux.timeOffsets",
    "offsets written to /proc/self/timens_offsets",
    ({ linux }) => linux.timeOffsets,
  ],
  [
    "mounts",
    "mount_setattr(2) with MOUNT_ATTR_IDMAP for the options idmap and ridmap",
    ({ mounts }) =>
      mounts.some(({ options, uidMappings }) =>
        uidMappings !== undefined || options.includes("idmap") ||
        options.includes("ridmap")
      ),
  ],
];

/**
 * What rkl cannot do for a configuration, one line a field; empty when it can
 * do all of it.
 */
export function unsupported(config: Config): string[] {
  return GAPS.filter(([, , asked]) => asked(config)).map(([field, needs]) =>
    `${field} is not supported: it needs ${needs}`
  );
}

/**
 * What rkl leaves out of a configuration because the kernel cannot give it,
 * where the specification asks for a warning and no error.
 */
export function warnings({ process }: Config): string[] {
  const asked = new Map<string, string>();
  for (const [set, names] of Object.entries(process.capabilities ?? {})) {
    if (!Array.isArray(names)) continue;
    for (const name of names) {
      if (!CAPABILITIES.has(name) && !asked.has(name)) asked.set(name, set);
    }
  }
  return [...asked].map(([name, set]) =>
    `process.capabilities.${set}: the kernel has no capability "${name}"; ` +
    "it is left out"
  );
}

function some(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}
