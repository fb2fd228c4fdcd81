/**
 * The flags of `rkl container run`, `create` and `update` that limit a
 * container, and the fields of a specification they fill.
 *
 * @module
 */
import { parseMemory } from "../../container/specification/quantity.ts";
import type {
  BlockIOFields,
  SpecificationFields,
} from "../../container/specification/fields.ts";
import { type FlagTable, type FlagValues, given } from "../flags.ts";
import { integer, numberList, type Parser, text } from "../values.ts";

/** A period of the scheduler, in microseconds. */
const period = integer(1000, 1_000_000);

/** Those that can be changed while the container runs. */
export const LIMIT_FLAGS = {
  memory: {
    type: parseMemory,
    alias: "m",
    value: "BYTES",
    help: "Limit of memory, such as 64Mi or 64m",
  },
  memorySwap: {
    type: (text: string) => text === "-1" ? -1 : parseMemory(text),
    value: "BYTES",
    help: "Limit of memory and swap together, or -1",
  },
  memoryReservation: {
    type: parseMemory,
    value: "BYTES",
    help: "Memory it keeps when the host runs short",
  },
  cpus: {
    type: text,
    value: "N",
    help: "Limit of CPU time, such as 1.5 or 500m",
  },
  cpuShares: {
    type: integer(2, 262144),
    alias: "c",
    value: "N",
    help: "Weight against others, 1024 being the usual one",
  },
  cpuPeriod: {
    type: period,
    value: "MICROSECONDS",
    help: "Period that --cpu-quota is of",
  },
  cpuQuota: {
    type: integer(-1),
    value: "MICROSECONDS",
    help: "CPU time in each period; -1 for no limit",
  },
  cpusetCpus: {
    type: numberList,
    value: "LIST",
    help: "CPUs it may run on, such as 0-2,5",
  },
  cpusetMems: {
    type: numberList,
    value: "LIST",
    help: "Memory nodes it may use, such as 0",
  },
  pidsLimit: {
    type: integer(-1),
    value: "N",
    help: "Limit of processes and threads; -1 for none",
  },
  blkioWeight: {
    type: integer(10, 1000),
    value: "N",
    help: "Weight of its disk I/O against others, 10 to 1000",
  },
} as const satisfies FlagTable;

/** All of them. */
export const RESOURCE_FLAGS = {
  ...LIMIT_FLAGS,
  memorySwappiness: {
    type: integer(0, 100),
    value: "N",
    help: "How soon its memory is swapped, 0 to 100 (cgroup v1)",
  },
  oomKillDisable: {
    type: Boolean,
    help: "Wait at the memory limit, not be killed (cgroup v1)",
  },
  cpuRtPeriod: {
    type: period,
    value: "MICROSECONDS",
    help: "Period of --cpu-rt-runtime (cgroup v1)",
  },
  cpuRtRuntime: {
    type: integer(0, 1_000_000),
    value: "MICROSECONDS",
    help: "Real-time scheduling in each period (cgroup v1)",
  },
  blkioWeightDevice: {
    type: [deviceValue(integer(10, 1000), "/dev/sda:200")],
    value: "DEVICE:N",
    help: "The same for one block device",
  },
  deviceReadBps: {
    type: [deviceValue(parseMemory, "/dev/sda:1mb")],
    value: "DEVICE:BYTES",
    help: "Limit of bytes a second read from a block device",
  },
  deviceWriteBps: {
    type: [deviceValue(parseMemory, "/dev/sda:1mb")],
    value: "DEVICE:BYTES",
    help: "Limit of bytes a second written to it",
  },
  deviceReadIops: {
    type: [deviceValue(integer(1), "/dev/sda:1000")],
    value: "DEVICE:N",
    help: "Limit of reads a second",
  },
  deviceWriteIops: {
    type: [deviceValue(integer(1), "/dev/sda:1000")],
    value: "DEVICE:N",
    help: "Limit of writes a second",
  },
  cgroupParent: {
    type: text,
    value: "PATH",
    help: "Cgroup below which its own is made",
  },
} as const satisfies FlagTable;

/** The type of `DEVICE:VALUE`. */
function deviceValue<T>(
  parse: Parser<T>,
  example: string,
): Parser<{ path: string; value: T }> {
  return (text) => {
    const colon = text.lastIndexOf(":");
    const path = text.slice(0, Math.max(colon, 0));
    if (!path.startsWith("/")) {
      throw new Error(`must be a device and a value, such as ${example}`);
    }
    return { path, value: parse(text.slice(colon + 1)) };
  };
}

/** The fields that the flags of {@linkcode LIMIT_FLAGS} fill. */
export function limitFields(
  flags: FlagValues<typeof LIMIT_FLAGS>,
): Partial<SpecificationFields> {
  const { cpus, memory, memoryReservation, blkioWeight, ...rest } = flags;
  const { memorySwap, cpuShares, cpuPeriod, cpuQuota } = rest;
  const { cpusetCpus, cpusetMems, pidsLimit } = rest;
  return {
    ...given({ memorySwap, cpuShares, cpuPeriod, cpuQuota }),
    ...given({ cpusetCpus, cpusetMems, pidsLimit }),
    resources: {
      limits: given({ cpu: cpus, memory }),
      requests: given({ memory: memoryReservation }),
    },
    ...(blkioWeight !== undefined && { blockIO: { weight: blkioWeight } }),
  };
}

/** The fields that all of them fill. */
export function resourceFields(
  flags: FlagValues<typeof RESOURCE_FLAGS>,
): Partial<SpecificationFields> {
  const { memorySwappiness, oomKillDisable } = flags;
  const { cpuRtPeriod, cpuRtRuntime, cgroupParent } = flags;
  const limits = limitFields(flags);
  const blockIO = { ...limits.blockIO, ...blockFields(flags) };
  return {
    ...limits,
    ...given({ memorySwappiness, oomKillDisable, cgroupParent }),
    ...given({ cpuRtPeriod, cpuRtRuntime }),
    ...(Object.keys(blockIO).length > 0 && { blockIO }),
  };
}

function blockFields(
  flags: FlagValues<typeof RESOURCE_FLAGS>,
): BlockIOFields {
  const rates = (list: { path: string; value: number }[]) =>
    list.length === 0
      ? undefined
      : list.map(({ path, value }) => ({ path, rate: value }));
  const weights = flags.blkioWeightDevice.map(({ path, value }) => ({
    path,
    weight: value,
  }));
  return given({
    weightDevice: weights.length > 0 ? weights : undefined,
    deviceReadBps: rates(flags.deviceReadBps),
    deviceWriteBps: rates(flags.deviceWriteBps),
    deviceReadIops: rates(flags.deviceReadIops),
    deviceWriteIops: rates(flags.deviceWriteIops),
  });
}
