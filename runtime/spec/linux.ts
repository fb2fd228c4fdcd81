/**
 * `linux` of config.json: namespaces, devices, cgroup, security.
 *
 * @module
 */
import { DeviceNumber, Resources } from "./resources.ts";
import {
  MEMORY_POLICIES,
  NAMESPACES,
  PROPAGATIONS,
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from "./tables.ts";
import {
  flag,
  integer,
  list,
  mapped,
  matching,
  object,
  oneOf,
  optional,
  type Output,
  record,
  withDefault,
} from "../../sys/schema.ts";
import {
  absolutePath,
  name,
  text,
  textMap,
  texts,
  uint32,
  uint64,
} from "./values.ts";

/** One range of `uidMappings` or `gidMappings`, as user_namespaces(7). */
export const IdMapping = object({
  containerID: uint32,
  hostID: uint32,
  size: integer(1, 0xffff_ffff),
});
export type IdMapping = Output<typeof IdMapping>;

/** A list of id ranges. */
export const IdMappings = list(IdMapping, "id ranges");

/** One entry of `namespaces`: new, or joined when it has a path. */
export const Namespace = object({
  type: oneOf(NAMESPACES),
  path: optional(absolutePath),
});
export type Namespace = Output<typeof Namespace>;

/** One entry of `devices`: a node to make, as mknod(2); `u` means `c`. */
export const Device = object({
  type: mapped(
    oneOf(["c", "b", "u", "p"]),
    (type) => type === "u" ? "c" : type,
  ),
  path: absolutePath,
  major: optional(DeviceNumber),
  minor: optional(DeviceNumber),
  /** Permissions; docker adds the type's bits, which are dropped. */
  fileMode: optional(mapped(uint32, (mode) => mode & 0o7777)),
  uid: optional(uint32),
  gid: optional(uint32),
});
export type Device = Output<typeof Device>;

/** One entry of `args`: how an argument is compared. */
const SeccompComparison = object({
  index: integer(0, 5),
  value: uint64,
  valueTwo: optional(uint64),
  op: oneOf(SECCOMP_OPERATORS),
});
export type SeccompComparison = Output<typeof SeccompComparison>;

/** One entry of `syscalls`: what becomes of some calls. */
const SeccompRule = object({
  names: list(text, "at least one system call", 1),
  action: oneOf(SECCOMP_ACTIONS),
  errnoRet: optional(uint32),
  args: optional(list(SeccompComparison, "comparisons")),
});
export type SeccompRule = Output<typeof SeccompRule>;

/** `seccomp`: which system calls the container may make. */
export const Seccomp = object({
  defaultAction: oneOf(SECCOMP_ACTIONS),
  defaultErrnoRet: optional(uint32),
  architectures: optional(list(oneOf(SECCOMP_ARCHITECTURES), "architectures")),
  flags: optional(list(oneOf(SECCOMP_FLAGS), "flags")),
  listenerPath: optional(absolutePath),
  listenerMetadata: optional(text),
  syscalls: optional(list(SeccompRule, "rules")),
});
export type Seccomp = Output<typeof Seccomp>;

const Offset = optional(object({
  secs: withDefault(
    integer(-(2 ** 53), 2 ** 53, "a whole number of seconds"),
    0,
  ),
  nanosecs: withDefault(integer(0, 999_999_999), 0),
}));

/** `intelRdt`, as Documentation/filesystems/resctrl.rst. */
export const IntelRdt = object({
  closID: optional(text),
  schemata: optional(texts),
  l3CacheSchema: optional(text),
  memBwSchema: optional(
    matching("a line that starts with MB:", /^MB:[^\n]*$/),
  ),
  enableMonitoring: optional(flag),
});

const paths = withDefault(list(absolutePath, "absolute paths"), []);

/** `linux`. */
export const Linux = object({
  namespaces: withDefault(list(Namespace, "namespaces"), []),
  uidMappings: withDefault(IdMappings, []),
  gidMappings: withDefault(IdMappings, []),
  devices: withDefault(list(Device, "devices"), []),
  netDevices: optional(
    record(object({ name: optional(text) }), "network devices"),
  ),
  cgroupsPath: optional(text),
  resources: withDefault(Resources, {}),
  rootfsPropagation: optional(oneOf(PROPAGATIONS)),
  seccomp: optional(Seccomp),
  sysctl: withDefault(textMap, {}),
  maskedPaths: paths,
  readonlyPaths: paths,
  mountLabel: optional(text),
  intelRdt: optional(IntelRdt),
  memoryPolicy: optional(object({
    mode: oneOf(MEMORY_POLICIES),
    nodes: optional(text),
    flags: optional(texts),
  })),
  personality: optional(object({
    domain: oneOf(["LINUX", "LINUX32"]),
    flags: optional(texts),
  })),
  timeOffsets: optional(object({ boottime: Offset, monotonic: Offset })),
});
export type Linux = Output<typeof Linux>;

/** One entry of `mounts`. */
export const Mount = object({
  /** Relative paths are deprecated, and mean relative to `/`. */
  destination: mapped(name, (path) => path.startsWith("/") ? path : `/${path}`),
  /** For a bind mount a path, absolute or relative to the bundle. */
  source: withDefault(text, "none"),
  /** A filesystem of the kernel; a bind mount has none. */
  type: withDefault(text, "none"),
  options: withDefault(texts, []),
  uidMappings: optional(IdMappings),
  gidMappings: optional(IdMappings),
});
export type Mount = Output<typeof Mount>;
