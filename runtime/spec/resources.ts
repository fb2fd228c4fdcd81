/**
 * `linux.resources` of config.json: what the container's cgroup allows.
 *
 * @module
 */
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
import { int64, name, textMap, uint32, uint64 } from "./values.ts";

const optionalInt64 = optional(int64);
const optionalUint64 = optional(uint64);
const optionalUint32 = optional(uint32);

/** One major or minor number of a device node, as in linux/kdev_t.h. */
export const DeviceNumber = integer(0, 0xffff_ffff);

/** A device number in a rule; absent, or -1 as some tools write, means all. */
const Wildcard = optional(
  mapped(
    integer(-1, 0xffff_ffff),
    (number) => number === -1 ? undefined : number,
  ),
);

/** One entry of `devices`: what the container may do with which devices. */
export const DeviceRule = object({
  allow: flag,
  type: withDefault(oneOf(["a", "c", "b"]), "a"),
  major: Wildcard,
  minor: Wildcard,
  access: withDefault(
    matching("letters of rwm", /^[rwm]+$/),
    "rwm",
  ),
});
export type DeviceRule = Output<typeof DeviceRule>;

const cpuList = optional(
  matching("a list such as 0-3,7", /^(\d+(-\d+)?(,\d+(-\d+)?)*)?$/),
);

/** `cpu`: times in microseconds, `quota` -1 for unlimited. */
export const Cpu = object({
  shares: optionalUint64,
  quota: optionalInt64,
  burst: optionalUint64,
  period: optionalUint64,
  realtimeRuntime: optionalInt64,
  realtimePeriod: optionalUint64,
  cpus: cpuList,
  mems: cpuList,
  idle: optional(integer(0, 1)),
});
export type Cpu = Output<typeof Cpu>;

/** `memory`: bytes, -1 for unlimited; `swap` counts memory and swap. */
export const Memory = object({
  limit: optionalInt64,
  reservation: optionalInt64,
  swap: optionalInt64,
  kernel: optionalInt64,
  kernelTCP: optionalInt64,
  swappiness: optional(integer(0, 100)),
  disableOOMKiller: optional(flag),
  useHierarchy: optional(flag),
  checkBeforeUpdate: optional(flag),
});
export type Memory = Output<typeof Memory>;

const weight = optional(integer(0, 0xffff));

const Throttles = optional(list(
  object({ major: DeviceNumber, minor: DeviceNumber, rate: uint64 }),
  "rates",
));

/** `blockIO`: rates in bytes or operations a second. */
export const BlockIO = object({
  weight,
  leafWeight: weight,
  weightDevice: optional(list(
    object({
      major: DeviceNumber,
      minor: DeviceNumber,
      weight,
      leafWeight: weight,
    }),
    "weights",
  )),
  throttleReadBpsDevice: Throttles,
  throttleWriteBpsDevice: Throttles,
  throttleReadIOPSDevice: Throttles,
  throttleWriteIOPSDevice: Throttles,
});
export type BlockIO = Output<typeof BlockIO>;

/**
 * `linux.resources`.
 *
 * @ignore The library shows the type; the schema has no type but the inferred.
 */
export const Resources = object({
  unified: optional(textMap),
  devices: withDefault(list(DeviceRule, "device rules"), []),
  pids: optional(object({ limit: int64 })),
  blockIO: optional(BlockIO),
  cpu: optional(Cpu),
  hugepageLimits: optional(list(
    object({
      pageSize: matching("a size such as 2MB", /^[1-9]\d*[KMG]B$/),
      limit: uint64,
    }),
    "limits",
  )),
  memory: optional(Memory),
  network: optional(object({
    classID: optionalUint32,
    priorities: optional(list(
      object({ name, priority: uint32 }),
      "priorities",
    )),
  })),
  rdma: optional(
    record(
      object({ hcaHandles: optionalUint32, hcaObjects: optionalUint32 }),
      "limits",
    ),
  ),
});
/** `linux.resources`, checked. */
export type Resources = Output<typeof Resources>;
