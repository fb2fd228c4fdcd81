/**
 * What a container shares with others, and its devices, as docker's `inspect`
 * has them in `HostConfig`.
 *
 * @module
 */
import type { Details } from "../../container/describe.ts";
import { SHM } from "../../container/mount/mounts.ts";
import type { Config, Resources } from "../../runtime/spec.ts";

/** The fields of `HostConfig` that are about them. */
export function sharedFields(details: Details) {
  const { config, init, pidMode, ipcMode } = details;
  const { resources, devices } = config.linux;
  const { memory = {}, cpu = {} } = resources;
  const rules = grantsOf(resources);
  return {
    Init: init,
    PidMode: pidMode === "private" ? "" : pidMode,
    IpcMode: ipcMode,
    UTSMode: hasOwn(config, "uts") ? "" : "host",
    CgroupnsMode: hasOwn(config, "cgroup") ? "private" : "host",
    ShmSize: sharedMemory(config),
    MemorySwappiness: memory.swappiness ?? null,
    OomKillDisable: memory.disableOOMKiller ?? false,
    CpuRealtimePeriod: cpu.realtimePeriod ?? 0,
    CpuRealtimeRuntime: cpu.realtimeRuntime ?? 0,
    Privileged: resources.devices.some(({ allow, type, major }) =>
      allow && type === "a" && major === undefined
    ),
    Devices: devices.map(({ path, major, minor }) => ({
      PathInContainer: path,
      CgroupPermissions:
        rules.find((rule) => rule.major === major && rule.minor === minor)
          ?.access ?? "",
    })),
    ...blockFields(resources),
  };
}

function grantsOf({ devices }: Resources) {
  return devices.filter(({ allow }) => allow);
}

function hasOwn({ linux }: Config, type: string): boolean {
  return linux.namespaces.some((namespace) => namespace.type === type);
}

/** Bytes of /dev/shm; 0 where it is not the container's own. */
function sharedMemory({ mounts }: Config): number {
  const mount = mounts.find(({ destination }) => destination === SHM);
  const size = mount?.options.findLast((option) => option.startsWith("size="));
  const [, number = "0", unit] = /^size=(\d+)(k?)$/.exec(size ?? "") ?? [];
  return Number(number) * (unit === "k" ? 1024 : 1);
}

function blockFields({ blockIO = {} }: Resources) {
  const rates = (
    list: readonly { major: number; minor: number; rate: number }[] = [],
  ) =>
    list.map(({ major, minor, rate }) => ({
      Path: `${major}:${minor}`,
      Rate: rate,
    }));
  return {
    BlkioWeightDevice: (blockIO.weightDevice ?? []).map((one) => ({
      Path: `${one.major}:${one.minor}`,
      Weight: one.weight ?? 0,
    })),
    BlkioDeviceReadBps: rates(blockIO.throttleReadBpsDevice),
    BlkioDeviceWriteBps: rates(blockIO.throttleWriteBpsDevice),
    BlkioDeviceReadIOps: rates(blockIO.throttleReadIOPSDevice),
    BlkioDeviceWriteIOps: rates(blockIO.throttleWriteIOPSDevice),
  };
}
