/**
 * What a specification says of limits, as `linux.resources` of a
 * configuration.
 *
 * @module
 */
import type { BlockIO, Cpu, Memory, Resources } from "../runtime/spec.ts";
import { deviceRule } from "./specification/device_fields.ts";
import type { DeviceNumber, HostDevices } from "./host_devices.ts";
import type { Specification } from "./specification/specification.ts";

/** Limits of the specification, over those of the image. */
export function containerResources(
  spec: Specification,
  base: Resources,
  host: HostDevices,
): Resources {
  const { pidsLimit, securityContext: { privileged } } = spec;
  const cpu = cpuLimits(spec);
  const memory = memoryLimits(spec);
  const blockIO = blockLimits(spec, host.numbers);
  return {
    ...base,
    ...(cpu && { cpu: { ...base.cpu, ...cpu } }),
    ...(memory && { memory: { ...base.memory, ...memory } }),
    ...(blockIO && { blockIO: { ...base.blockIO, ...blockIO } }),
    ...(pidsLimit !== undefined && { pids: { limit: pidsLimit } }),
    devices: privileged ? [{ allow: true, type: "a", access: "rwm" }] : [
      ...base.devices,
      ...host.rules,
      ...spec.deviceCgroupRules.map(
        deviceRule,
      ),
    ],
  };
}

/** What limits are made of: of a new container, or one that is there. */
type Said = Pick<
  Specification,
  | "resources"
  | "memorySwap"
  | "memorySwappiness"
  | "oomKillDisable"
  | "cpuShares"
  | "cpuPeriod"
  | "cpuQuota"
  | "cpuRtPeriod"
  | "cpuRtRuntime"
  | "cpusetCpus"
  | "cpusetMems"
>;

/** Limits of processor time. */
export function cpuLimits(spec: Said): Cpu | undefined {
  const { resources: { limits, requests } } = spec;
  const shares = spec.cpuShares ?? (requests.cpu ?? limits.cpu)?.shares;
  const { quota, period } = limits.cpu && limits.cpu.quota > 0
    ? limits.cpu
    : { quota: spec.cpuQuota, period: spec.cpuPeriod };
  return some({
    shares,
    quota,
    period,
    realtimePeriod: spec.cpuRtPeriod,
    realtimeRuntime: spec.cpuRtRuntime,
    cpus: spec.cpusetCpus,
    mems: spec.cpusetMems,
  });
}

/**
 * A memory limit is also the limit of memory and swap together, as Kubernetes
 * has it: the container gets no swap, unless it is told how much.
 */
export function memoryLimits(spec: Said): Memory | undefined {
  const { resources: { limits, requests } } = spec;
  return some({
    limit: limits.memory,
    swap: spec.memorySwap ?? limits.memory,
    reservation: requests.memory,
    swappiness: spec.memorySwappiness,
    disableOOMKiller: spec.oomKillDisable,
  });
}

function blockLimits(
  { blockIO }: Specification,
  numbers: HostDevices["numbers"],
): BlockIO | undefined {
  if (!blockIO) return undefined;
  // Whoever found the numbers looked at every path.
  const number = ({ path }: { path: string }): DeviceNumber =>
    numbers.get(path)!;
  const rates = (rates?: readonly { path: string; rate: number }[]) =>
    rates?.map((one) => ({ ...number(one), rate: one.rate }));
  return some({
    weight: blockIO.weight,
    weightDevice: blockIO.weightDevice?.map((one) => ({
      ...number(one),
      weight: one.weight,
    })),
    throttleReadBpsDevice: rates(blockIO.deviceReadBps),
    throttleWriteBpsDevice: rates(blockIO.deviceWriteBps),
    throttleReadIOPSDevice: rates(blockIO.deviceReadIops),
    throttleWriteIOPSDevice: rates(blockIO.deviceWriteIops),
  });
}

/** An object without what is undefined; undefined if nothing is left. */
function some<T extends object>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } | undefined {
  const entries = Object.entries(values).filter(([, v]) => v !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) as T : undefined;
}
