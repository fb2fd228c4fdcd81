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
  /** Whether the entry grants access or takes it away. */
  allow: boolean;
  /** `a` all, `c` character, `b` block. */
  type?: string | undefined;
  /** Major number of the devices. */
  major?: number | undefined;
  /** Minor number of the devices. */
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
  /** Microseconds of real-time scheduling in each period; v1 only. */
  realtimeRuntime?: number | undefined;
  /** Length of a real-time period in microseconds; v1 only. */
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
  /** Most memory in use; -1 for no limit. */
  limit?: number | undefined;
  /** Soft limit. */
  reservation?: number | undefined;
  /** Limit of memory and swap together. */
  swap?: number | undefined;
  /** No longer exists in the kernel; ignored, as the specification allows. */
  kernel?: number | undefined;
  /** Most memory for TCP buffers; v1 only. */
  kernelTCP?: number | undefined;
  /** Readiness to swap, 0 to 100; v1 only. */
  swappiness?: number | undefined;
  /** Let processes wait for memory instead of killing one; v1 only. */
  disableOOMKiller?: boolean | undefined;
  /** Count the memory of cgroups below; always so on v2. */
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
  /** Major number of the device. */
  major: number;
  /** Minor number of the device. */
  minor: number;
  /** 10 to 1000. */
  weight?: number | undefined;
  /** Of the CFQ scheduler, which no longer exists; an error. */
  leafWeight?: number | undefined;
}

/** One entry of `blockIO.throttle…Device`: bytes or operations a second. */
export interface LinuxThrottleDevice {
  /** Major number of the device. */
  major: number;
  /** Minor number of the device. */
  minor: number;
  /** Bytes or operations a second. */
  rate: number;
}

/** `blockIO`. */
export interface LinuxBlockIO {
  /** 10 to 1000. */
  weight?: number | undefined;
  /** Of the CFQ scheduler, which no longer exists; an error. */
  leafWeight?: number | undefined;
  /** Weights on single devices. */
  weightDevice?: LinuxWeightDevice[] | undefined;
  /** Most bytes read a second. */
  throttleReadBpsDevice?: LinuxThrottleDevice[] | undefined;
  /** Most bytes written a second. */
  throttleWriteBpsDevice?: LinuxThrottleDevice[] | undefined;
  /** Most reads a second. */
  throttleReadIOPSDevice?: LinuxThrottleDevice[] | undefined;
  /** Most writes a second. */
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
  /** Tag on packets, for net_cls. */
  classID?: number | undefined;
  /** Priority on each interface, for net_prio. */
  priorities?: { name: string; priority: number }[] | undefined;
}

/** One value of `rdma`; its key names the device. */
export interface LinuxRdma {
  /** Most hca_handles. */
  hcaHandles?: number | undefined;
  /** Most hca_objects. */
  hcaObjects?: number | undefined;
}

/** `linux.resources`. */
export interface LinuxResources {
  /** Which devices may be used, in order; the last that matches decides. */
  devices?: LinuxDeviceCgroup[] | undefined;
  /** Processor time. */
  cpu?: LinuxCpu | undefined;
  /** Memory and swap. */
  memory?: LinuxMemory | undefined;
  /** Number of tasks. */
  pids?: LinuxPids | undefined;
  /** Block devices. */
  blockIO?: LinuxBlockIO | undefined;
  /** Huge pages. */
  hugepageLimits?: LinuxHugepageLimit[] | undefined;
  /** Marks on packets; v1 only. */
  network?: LinuxNetwork | undefined;
  /** RDMA devices by name. */
  rdma?: Record<string, LinuxRdma> | undefined;
  /** File of the v2 hierarchy → text to write into it. */
  unified?: Record<string, string> | undefined;
}
