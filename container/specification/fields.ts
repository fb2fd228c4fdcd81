/**
 * What a container's specification may say, for programs that write one: the
 * same fields as in a file, read by `validateSpecification()`.
 *
 * @module
 */

/** An amount: a Kubernetes quantity such as `500m` or `64Mi`, or a number. */
export type Amount = string | number;

/** A name and its value. */
export interface NameValue {
  /** Of a variable, or of a kernel parameter. */
  name: string;
  /** Nothing, when it is left out. */
  value?: string | undefined;
}

/** Processor time and memory. */
export interface Amounts {
  /** Cores: `500m` or 0.5 is half of one. */
  cpu?: Amount | undefined;
  /** Bytes: `64Mi` is 67108864. */
  memory?: Amount | undefined;
}

/** Capabilities, with or without CAP_, or ALL. */
export interface CapabilityFields {
  /** Those it gets besides the usual ones. */
  add?: string[] | undefined;
  /** Those it does not get. */
  drop?: string[] | undefined;
}

/** What a container may use, and what it is kept for it. */
export interface ResourceFields {
  /** No more than this. */
  limits?: Amounts | undefined;
  /** Weight against others, and memory it keeps when the host runs short. */
  requests?: Amounts | undefined;
}

/** A profile that holds a container. */
export interface SecurityProfileFields {
  /** `RuntimeDefault` is what a root filesystem gets when nothing is said. */
  type: "RuntimeDefault" | "Unconfined" | "Localhost";
  /** With `Localhost`: for seccomp a file, for AppArmor a name. */
  localhostProfile?: string | undefined;
}

/** What runs as whom, and what it may do. */
export interface SecurityContextFields {
  /** User id; the image's by default. */
  runAsUser?: number | undefined;
  /** Group id; the image's by default. */
  runAsGroup?: number | undefined;
  /** Refuse to run as root. */
  runAsNonRoot?: boolean | undefined;
  /** All capabilities and devices, nothing masked or read-only. */
  privileged?: boolean | undefined;
  /** Mount the root filesystem read-only. */
  readOnlyRootFilesystem?: boolean | undefined;
  /** False sets no_new_privs, as prctl(2). */
  allowPrivilegeEscalation?: boolean | undefined;
  /** Capabilities, with or without CAP_, or ALL. */
  capabilities?: CapabilityFields | undefined;
  /** `Unmasked` leaves all of /proc as it is. */
  procMount?: "Default" | "Unmasked" | undefined;
  /** Paths to mask besides those of procMount. */
  maskedPaths?: string[] | undefined;
  /** Paths to leave as they are, with `*` and `?`; `ALL` is all. */
  unmaskedPaths?: string[] | undefined;
  /** The filter of system calls: docker's, none, or that in a file. */
  seccompProfile?: SecurityProfileFields | undefined;
  /** The AppArmor profile: rkl's, none, or one the kernel knows. */
  appArmorProfile?: SecurityProfileFields | undefined;
}

/** What the container listens on; published where it has a `hostPort`. */
export interface PortFields {
  /** 1 to 65535. */
  containerPort: number;
  /** The host's: 1 to 65535, 0 for a free one, or one of a range `8000-8010`. */
  hostPort?: number | string | undefined;
  /** The host's address; all it has unless given. */
  hostIP?: string | undefined;
  /** TCP by default. */
  protocol?: "TCP" | "UDP" | "SCTP" | undefined;
  /** What the port is for. */
  name?: string | undefined;
}

/** A part of the host, a volume, or a filesystem in memory. */
export interface MountFields {
  /** `volume` by default where there is a `name`, else `bind`. */
  type?: "bind" | "volume" | "tmpfs" | undefined;
  /** For a bind mount: what to show there. */
  source?: string | undefined;
  /** A volume's, made when it is first used; without one, the container's own. */
  name?: string | undefined;
  /** An absolute path in the container. */
  destination: string;
  /** With all that is mounted below it. */
  readOnly?: boolean | undefined;
  /** Which later mounts show on the other side; `None` by default. */
  propagation?:
    | "None"
    | "HostToContainer"
    | "Bidirectional"
    | "private"
    | "rprivate"
    | "slave"
    | "rslave"
    | "shared"
    | "rshared"
    | undefined;
  /** What is mounted below the source of a bind mount; docker's bind-recursive. */
  recursive?: "enabled" | "disabled" | "writable" | "readonly" | undefined;
  /** What in the source or volume to show, by a path from there. */
  subPath?: string | undefined;
  /** Make the source of a bind mount, a directory, where it is missing. */
  createSource?: boolean | undefined;
  /** Do not copy what the image has there into an empty volume. */
  noCopy?: boolean | undefined;
  /** Of a volume that is made: only `local`. */
  driver?: string | undefined;
  /** Of a volume that is made: `type`, `device` and `o`. */
  driverOptions?: Record<string, string> | undefined;
  /** Of a volume that is made. */
  labels?: Record<string, string> | undefined;
  /** Further options, as mount(8) has them. */
  options?: string[] | undefined;
}

/** A device of the host, or a directory of them, and what is allowed there. */
export interface DeviceFields {
  /** Its path on the host. */
  source: string;
  /** Its path in the container; the same when left out. */
  target?: string | undefined;
  /** Letters of r (read), w (write) and m (mknod); all when left out. */
  permissions?: string | undefined;
}

/** `HOST[:CONTAINER[:rwm]]`, or the parts of it. */
export type DeviceField = string | DeviceFields;

/** A block device of the host, and its weight. */
export interface DeviceWeight {
  /** Its path on the host. */
  path: string;
  /** 10 to 1000. */
  weight: number;
}

/** A block device of the host, and how many bytes a second. */
export interface DeviceByteRate {
  /** Its path on the host. */
  path: string;
  /** Bytes a second. */
  rate: Amount;
}

/** A block device of the host, and how many operations a second. */
export interface DeviceOperationRate {
  /** Its path on the host. */
  path: string;
  /** Operations a second. */
  rate: number;
}

/** Weights and limits of block devices. */
export interface BlockIOFields {
  /** 10 to 1000, against the other containers. */
  weight?: number | undefined;
  /** The same for single devices. */
  weightDevice?: DeviceWeight[] | undefined;
  /** Most bytes a second that are read. */
  deviceReadBps?: DeviceByteRate[] | undefined;
  /** Most bytes a second that are written. */
  deviceWriteBps?: DeviceByteRate[] | undefined;
  /** Most reads a second. */
  deviceReadIops?: DeviceOperationRate[] | undefined;
  /** Most writes a second. */
  deviceWriteIops?: DeviceOperationRate[] | undefined;
}

/** A resource limit of each process, as setrlimit(2); -1 is no limit. */
export type Ulimit = number | {
  /** What holds; the process may raise it up to `hard`. */
  soft: number;
  /** What `soft` may be raised to; the same as `soft` when left out. */
  hard?: number | undefined;
};

/** A network that a container is on, and what it is to be there. */
export interface AttachmentFields {
  /** The network's. */
  name: string;
  /** An IPv4 address of the network; chosen when left out. */
  ip?: string | undefined;
  /** An IPv6 address of the network; chosen when left out. */
  ip6?: string | undefined;
  /** Such as `02:42:0a:01:02:03`; made of the address when left out. */
  mac?: string | undefined;
  /** What others on the network call the container, besides its name. */
  aliases?: string[] | undefined;
  /** What the container calls the interface; eth0, eth1 … when left out. */
  interface?: string | undefined;
}

/** A word, or a network with more to say of it. */
export type NetworkField = string | AttachmentFields;

/**
 * What /etc/resolv.conf says. Unlike in a Pod, each list replaces the host's.
 */
export interface DnsConfigFields {
  /** IP addresses. */
  nameservers?: string[] | undefined;
  /** Domains that a short name is looked for in; a lone `.` is none. */
  searches?: string[] | undefined;
  /** Such as `{name: ndots, value: "2"}`. */
  options?: NameValue[] | undefined;
}

/** A line of /etc/hosts. */
export interface HostAliasFields {
  /** An IP address, or `host-gateway` for the host. */
  ip: string;
  /** What it is called. */
  hostnames: string[];
}

/** A health check, as compose describes it; durations as `30s` or `1m30s`. */
export interface HealthcheckFields {
  /**
   * A command for the container's shell, or a list: `CMD` and a program with
   * its arguments, `CMD-SHELL` and a command, or `NONE`.
   */
  test?: string | string[] | undefined;
  /** Between the end of a check and the next; 30s by default. */
  interval?: string | undefined;
  /** After which a check has failed; 30s by default. */
  timeout?: string | undefined;
  /** From the start, for which failures do not count; none by default. */
  startPeriod?: string | undefined;
  /** Between checks in that time; 5s by default. */
  startInterval?: string | undefined;
  /** How many have to fail in a row; 3 by default. */
  retries?: number | undefined;
  /** What is done when it turns unhealthy; nothing by default. */
  onFailure?: "none" | "kill" | "restart" | "stop" | undefined;
}

/** What becomes of a container's output, as in a compose file. */
export interface LoggingFields {
  /** `local` by default, which `json-file` and `k8s-file` mean too; `none`. */
  driver?: string | undefined;
  /** `max-size` of a file, `max-file` of them; `labels`, `env` … to be told. */
  options?: Record<string, string | number> | undefined;
}

/** A container, in the words of a specification file. */
export interface SpecificationFields {
  /** Made up when left out. */
  name?: string | undefined;
  /** A bundle or a root filesystem: a directory. */
  image: string;
  /** The program and its first arguments. */
  command?: string[] | undefined;
  /** Its arguments; without `command`, the program too. */
  args?: string[] | undefined;
  /**
   * A small process as pid 1, with the program as its child: it passes signals
   * on and reaps orphans.
   */
  init?: boolean | undefined;
  /** Environment variables. */
  env?: NameValue[] | Record<string, string> | undefined;
  /** An absolute path in the container. */
  workingDir?: string | undefined;
  /** `USER[:GROUP]`, by name or id, as the image knows them. */
  user?: string | undefined;
  /** Give it a terminal. */
  tty?: boolean | undefined;
  /** Keep its stdin open. */
  stdin?: boolean | undefined;
  /** As whom it runs, and what it may do. */
  securityContext?: SecurityContextFields | undefined;
  /** `limits` are enforced; `requests` weigh and protect. */
  resources?: ResourceFields | undefined;
  /**
   * Bytes of memory and swap together, -1 for no limit; as much as
   * `limits.memory` when left out, which is no swap.
   */
  memorySwap?: Amount | undefined;
  /** 0 to 100: how soon memory is swapped; cgroup v1 only. */
  memorySwappiness?: number | undefined;
  /** Wait for memory at the limit, instead of being killed; cgroup v1 only. */
  oomKillDisable?: boolean | undefined;
  /** Weight against others, 1024 being the usual one; over `requests.cpu`. */
  cpuShares?: number | undefined;
  /** Microseconds, 1000 to 1000000: the period that `cpuQuota` is of. */
  cpuPeriod?: number | undefined;
  /** Microseconds of processor time in each period; -1 for no limit. */
  cpuQuota?: number | undefined;
  /** Microseconds: the period of `cpuRtRuntime`; cgroup v1 only. */
  cpuRtPeriod?: number | undefined;
  /** Microseconds of real-time scheduling in each period; cgroup v1 only. */
  cpuRtRuntime?: number | undefined;
  /** Processors it may run on, such as `0-2,5`. */
  cpusetCpus?: string | undefined;
  /** Memory nodes it may use, such as `0`. */
  cpusetMems?: string | undefined;
  /** Most processes and threads at once; -1 for no limit. */
  pidsLimit?: number | undefined;
  /** Weights and limits of block devices. */
  blockIO?: BlockIOFields | undefined;
  /** Bytes of /dev/shm; 64Mi when left out. */
  shmSize?: Amount | undefined;
  /** Devices of the host that it gets, and may use. */
  devices?: DeviceField[] | undefined;
  /** Further devices it may use, such as `c 10:200 rwm`; `*` is any number. */
  deviceCgroupRules?: string[] | undefined;
  /** What it listens on. */
  ports?: PortFields[] | undefined;
  /** Publish all of `ports`, those without a `hostPort` on a free one. */
  publishAll?: boolean | undefined;
  /** Who may connect to published ports, as `192.0.2.0/24`; everyone else not. */
  publishFrom?: string[] | undefined;
  /** In the order in which they are mounted. */
  mounts?: MountFields[] | undefined;
  /** Write into the image itself, instead of into a layer of its own. */
  writeImage?: boolean | undefined;
  /** Containers whose mounts it has too: `NAME`, `NAME:ro` or `NAME:rw`. */
  volumesFrom?: string[] | undefined;
  /** By default that of a bundle, or else the container's name. */
  hostname?: string | undefined;
  /** The domain that the host name is in. */
  domainname?: string | undefined;
  /** Kept with the container, for those who look for it. */
  labels?: Record<string, string> | undefined;
  /** Passed on in the OCI configuration. */
  annotations?: Record<string, string> | undefined;
  /** What becomes of its output: 20m × 5 files of it are kept by default. */
  logging?: LoggingFields | undefined;
  /** By name or number; SIGTERM by default. */
  stopSignal?: string | number | undefined;
  /** Seconds from the stop signal to SIGKILL; 10 by default. */
  stopTimeout?: number | undefined;
  /** Delete it when it has ended. */
  autoRemove?: boolean | undefined;
  /**
   * What follows its end: `no` (nothing, by default), `always`, `on-failure`,
   * `on-failure:N` (at most N times) or `unless-stopped`.
   */
  restart?: string | undefined;
  /** A command that tells whether it is healthy. */
  healthcheck?: HealthcheckFields | undefined;
  /** By the name after RLIMIT_, in lower case: `nofile`. */
  ulimits?: Record<string, Ulimit> | undefined;
  /** Kernel parameters of the container's namespaces. */
  sysctls?: NameValue[] | Record<string, string> | undefined;
  /** Further groups, by name or id. */
  groups?: (string | number)[] | undefined;
  /** Octal digits, such as `"022"`. */
  umask?: string | undefined;
  /** -1000 to 1000, as proc(5). */
  oomScoreAdj?: number | undefined;
  /** The cgroup that holds the container's. */
  cgroupParent?: string | undefined;
  /**
   * `none` (only a loopback of its own), `host`, `container:NAME`, `ns:PATH`, or
   * a network by its name or with more to say of it, or a list of networks; by
   * default `bridge`, or what RKL_NETWORK says.
   */
  network?: NetworkField | NetworkField[] | undefined;
  /** Lines of /etc/hosts; for the host, its `ip` may be `host-gateway`. */
  hostAliases?: HostAliasFields[] | undefined;
  /** What the resolver is told. */
  dnsConfig?: DnsConfigFields | undefined;
  /** Whose processes it sees: `private`, `host` or `container:NAME`. */
  pid?: string | undefined;
  /**
   * Whose IPC objects and /dev/shm it has: `private`, `shareable` (others may
   * join it), `none` (no /dev/shm), `host` or `container:NAME`.
   */
  ipc?: string | undefined;
  /** Whether it has a host name of its own. */
  uts?: "private" | "host" | undefined;
  /** Whether it sees its own cgroup as the root of all. */
  cgroupns?: "private" | "host" | undefined;
}
