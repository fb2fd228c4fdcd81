/**
 * The names config.json takes from the kernel, with the kernel's numbers.
 *
 * @module
 */

/**
 * The greatest id of a user or group. The one above it means "no change" to
 * setresuid(2), which leaves root; greater ones are cut off.
 */
export const LAST_ID = 0xffff_fffe;

/**
 * Capabilities and their numbers, from linux/capability.h up to
 * CAP_CHECKPOINT_RESTORE (Linux 5.9, the newest there is).
 */
export const CAPABILITIES: ReadonlyMap<string, number> = new Map(
  (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID " +
    "SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN " +
    "NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE " +
    "SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME " +
    "SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP " +
    "MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ " +
    "PERFMON BPF CHECKPOINT_RESTORE"
  ).split(" ").map((name, number) => [`CAP_${name}`, number]),
);

/**
 * The bits of a capability set, bit n for capability n. A name the table does
 * not have sets none: the specification asks runtimes to warn and go on, and
 * `warnings()` names them.
 */
export function capabilityMask(names: readonly string[]): bigint {
  let mask = 0n;
  for (const name of names) {
    const number = CAPABILITIES.get(name);
    if (number !== undefined) mask |= 1n << BigInt(number);
  }
  return mask;
}

/** Resource limits and their numbers, from asm-generic/resource.h. */
export const RLIMITS: ReadonlyMap<string, number> = new Map(
  (
    "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING " +
    "MSGQUEUE NICE RTPRIO RTTIME"
  ).split(" ").map((name, number) => [`RLIMIT_${name}`, number]),
);

/**
 * A uint64 of config.json as the kernel takes it. JSON numbers are doubles:
 * `18446744073709551615` (RLIM_INFINITY) arrives as 2^64, which means it.
 */
export function uint64(value: number): bigint {
  const max = 0xffff_ffff_ffff_ffffn;
  const exact = BigInt(value);
  return exact > max ? max : exact;
}

/** Values of `linux.rootfsPropagation`; `r` is recursive, as in mount(8). */
export const PROPAGATIONS = [
  "private",
  "rprivate",
  "shared",
  "rshared",
  "slave",
  "rslave",
  "unbindable",
  "runbindable",
] as const;

/** Types of `linux.namespaces`. */
export const NAMESPACES = [
  "mount",
  "pid",
  "network",
  "uts",
  "ipc",
  "user",
  "cgroup",
  "time",
] as const;

/** Scheduling policies, from linux/sched.h, as sched_setattr(2) knows them. */
export const SCHEDULER_POLICIES = [
  "SCHED_OTHER",
  "SCHED_FIFO",
  "SCHED_RR",
  "SCHED_BATCH",
  "SCHED_ISO",
  "SCHED_IDLE",
  "SCHED_DEADLINE",
] as const;

/** Flags of sched_setattr(2), from linux/sched.h. */
export const SCHEDULER_FLAGS = [
  "SCHED_FLAG_RESET_ON_FORK",
  "SCHED_FLAG_RECLAIM",
  "SCHED_FLAG_DL_OVERRUN",
  "SCHED_FLAG_KEEP_POLICY",
  "SCHED_FLAG_KEEP_PARAMS",
  "SCHED_FLAG_UTIL_CLAMP_MIN",
  "SCHED_FLAG_UTIL_CLAMP_MAX",
] as const;

/** I/O priority classes, from linux/ioprio.h. */
export const IO_CLASSES = [
  "IOPRIO_CLASS_RT",
  "IOPRIO_CLASS_BE",
  "IOPRIO_CLASS_IDLE",
] as const;

/** NUMA memory policies, from linux/mempolicy.h. */
export const MEMORY_POLICIES = [
  "MPOL_DEFAULT",
  "MPOL_BIND",
  "MPOL_INTERLEAVE",
  "MPOL_WEIGHTED_INTERLEAVE",
  "MPOL_PREFERRED",
  "MPOL_PREFERRED_MANY",
  "MPOL_LOCAL",
] as const;

/** What seccomp does on a match, from linux/seccomp.h. */
export const SECCOMP_ACTIONS = [
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_LOG",
  "SCMP_ACT_NOTIFY",
] as const;

/** Architectures of seccomp, as runtime-spec names them. */
export const SECCOMP_ARCHITECTURES = [
  "SCMP_ARCH_X86",
  "SCMP_ARCH_X86_64",
  "SCMP_ARCH_X32",
  "SCMP_ARCH_ARM",
  "SCMP_ARCH_AARCH64",
  "SCMP_ARCH_MIPS",
  "SCMP_ARCH_MIPS64",
  "SCMP_ARCH_MIPS64N32",
  "SCMP_ARCH_MIPSEL",
  "SCMP_ARCH_MIPSEL64",
  "SCMP_ARCH_MIPSEL64N32",
  "SCMP_ARCH_PPC",
  "SCMP_ARCH_PPC64",
  "SCMP_ARCH_PPC64LE",
  "SCMP_ARCH_S390",
  "SCMP_ARCH_S390X",
  "SCMP_ARCH_PARISC",
  "SCMP_ARCH_PARISC64",
  "SCMP_ARCH_RISCV64",
  "SCMP_ARCH_LOONGARCH64",
  "SCMP_ARCH_M68K",
  "SCMP_ARCH_SH",
  "SCMP_ARCH_SHEB",
] as const;

/** Comparisons of a seccomp argument. */
export const SECCOMP_OPERATORS = [
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_MASKED_EQ",
] as const;

/** Flags of seccomp(2), from linux/seccomp.h. */
export const SECCOMP_FLAGS = [
  "SECCOMP_FILTER_FLAG_TSYNC",
  "SECCOMP_FILTER_FLAG_LOG",
  "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
  "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
] as const;
