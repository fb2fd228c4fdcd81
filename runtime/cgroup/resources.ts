/**
 * `linux.resources` of an OCI configuration, by the names of
 * [runtime-spec, Control groups](https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#control-groups).
 * Bytes, microseconds and counts are plain numbers; -1 means "no limit" where
 * the specification says so.
 *
 * @module
 */

/** One entry of `devices`. What is missing, or -1, stands for all. */
export interface LinuxDeviceCgroup {
  allow: boolean;
  /** `a` all, `c` character, `b` block. */
  type?: string | undefined;
  major?: number | undefined;
  minor?: number | undefined;
  /** Any of `r` read, `w` write, `m` mknod. */
  access?: string | undefined;
}

/** `cpu`: the controllers cpu and cpuset. */
export interface LinuxCpu {
  /** Relative weight, 2 to 262144, 1024 being usual. */
  shares?: number | undefined;
  /** Microseconds of processor time in each period; -1 for no limit. */
  quota?: number | undefined;
  /** Microseconds that may be saved up and used on top of the quota. */
  burst?: number | undefined;
  /** Length of a period in microseconds. */
  period?: number | undefined;
  realtimeRuntime?: number | undefined;
  realtimePeriod?: number | undefined;
  /** Processors, such as `0-2,4`. */
  cpus?: string | undefined;
  /** Memory nodes, such as `0`. */
  mems?: string | undefined;
  /** 1 for SCHED_IDLE. */
  idle?: number | undefined;
}

/** `memory`, in bytes. */
export interface LinuxMemory {
  limit?: number | undefined;
  /** Soft limit. */
  reservation?: number | undefined;
  /** Limit of memory and swap together. */
  swap?: number | undefined;
  /** No longer exists in the kernel; ignored, as the specification allows. */
  kernel?: number | undefined;
  kernelTCP?: number | undefined;
  swappiness?: number | undefined;
  disableOOMKiller?: boolean | undefined;
  useHierarchy?: boolean | undefined;
  /** Refuse an update that puts the limit below what is in use. */
  checkBeforeUpdate?: boolean | undefined;
}

/** `pids`. */
export interface LinuxPids {
  /** Number of tasks; zero and below mean no limit. */
  limit?: number | undefined;
}

/** One entry of `blockIO.weightDevice`. */
export interface LinuxWeightDevice {
  major: number;
  minor: number;
  weight?: number | undefined;
  leafWeight?: number | undefined;
}

/** One entry of `blockIO.throttle…Device`: bytes or operations a second. */
export interface LinuxThrottleDevice {
  major: number;
  minor: number;
  rate: number;
}

/** `blockIO`. */
export interface LinuxBlockIO {
  /** 10 to 1000. */
  weight?: number | undefined;
  leafWeight?: number | undefined;
  weightDevice?: LinuxWeightDevice[] | undefined;
  throttleReadBpsDevice?: LinuxThrottleDevice[] | undefined;
  throttleWriteBpsDevice?: LinuxThrottleDevice[] | undefined;
  throttleReadIOPSDevice?: LinuxThrottleDevice[] | undefined;
  throttleWriteIOPSDevice?: LinuxThrottleDevice[] | undefined;
}

/** One entry of `hugepageLimits`. */
export interface LinuxHugepageLimit {
  /** Such as `2MB`. */
  pageSize: string;
  /** Bytes. */
  limit: number;
}

/** `network`: the controllers net_cls and net_prio, which only v1 has. */
export interface LinuxNetwork {
  classID?: number | undefined;
  priorities?: { name: string; priority: number }[] | undefined;
}

/** One value of `rdma`; its key names the device. */
export interface LinuxRdma {
  hcaHandles?: number | undefined;
  hcaObjects?: number | undefined;
}

/** `linux.resources`. */
export interface LinuxResources {
  devices?: LinuxDeviceCgroup[] | undefined;
  cpu?: LinuxCpu | undefined;
  memory?: LinuxMemory | undefined;
  pids?: LinuxPids | undefined;
  blockIO?: LinuxBlockIO | undefined;
  hugepageLimits?: LinuxHugepageLimit[] | undefined;
  network?: LinuxNetwork | undefined;
  rdma?: Record<string, LinuxRdma> | undefined;
  /** File of the v2 hierarchy → text to write into it. */
  unified?: Record<string, string> | undefined;
}
