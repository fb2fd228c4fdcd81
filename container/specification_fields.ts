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
  capabilities?:
    | { add?: string[] | undefined; drop?: string[] | undefined }
    | undefined;
  /** `Unmasked` leaves all of /proc as it is. */
  procMount?: "Default" | "Unmasked" | undefined;
  /** System calls are not filtered: only `{ type: "Unconfined" }`. */
  seccompProfile?: { type: string } | undefined;
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

/** A part of the host, or a filesystem in memory. */
export interface MountFields {
  /** `bind` by default. */
  type?: "bind" | "tmpfs" | undefined;
  /** For a bind mount: what to show there. */
  source?: string | undefined;
  /** An absolute path in the container. */
  destination: string;
  /** With all that is mounted below it. */
  readOnly?: boolean | undefined;
  /** Further options, as mount(8) has them. */
  options?: string[] | undefined;
}

/** A resource limit of each process, as setrlimit(2); -1 is no limit. */
export type Ulimit = number | { soft: number; hard?: number | undefined };

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
  /** Environment variables. */
  env?: NameValue[] | Record<string, string> | undefined;
  /** An absolute path in the container. */
  workingDir?: string | undefined;
  /** Give it a terminal. */
  tty?: boolean | undefined;
  /** Keep its stdin open. */
  stdin?: boolean | undefined;
  /** As whom it runs, and what it may do. */
  securityContext?: SecurityContextFields | undefined;
  /** `limits` are enforced; `requests` weigh and protect. */
  resources?:
    | { limits?: Amounts | undefined; requests?: Amounts | undefined }
    | undefined;
  /** What it listens on. */
  ports?: PortFields[] | undefined;
  /** Who may connect to published ports, as `192.0.2.0/24`; everyone else not. */
  publishFrom?: string[] | undefined;
  /** In the order in which they are mounted. */
  mounts?: MountFields[] | undefined;
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
  /** By the name after RLIMIT_, in lower case: `nofile`. */
  ulimits?: Record<string, Ulimit> | undefined;
  /** Kernel parameters of the container's namespaces. */
  sysctls?: NameValue[] | Record<string, string> | undefined;
  /** Further group ids. */
  groups?: number[] | undefined;
  /** Octal digits, such as `"022"`. */
  umask?: string | undefined;
  /** -1000 to 1000, as proc(5). */
  oomScoreAdj?: number | undefined;
  /** The cgroup that holds the container's. */
  cgroupParent?: string | undefined;
  /** Most processes and threads at once; -1 for no limit. */
  pidsLimit?: number | undefined;
  /**
   * `none`, only a loopback of its own, by default; `host`, `container:NAME`,
   * `ns:PATH`, or a network by its name or with more to say of it, or a list
   * of networks.
   */
  network?: NetworkField | NetworkField[] | undefined;
  /** Lines of /etc/hosts; for the host, its `ip` may be `host-gateway`. */
  hostAliases?: { ip: string; hostnames: string[] }[] | undefined;
  /** What the resolver is told. */
  dnsConfig?: DnsConfigFields | undefined;
  /** Whether it sees the host's processes. */
  pid?: "private" | "host" | undefined;
  /** Whether it shares the host's IPC objects. */
  ipc?: "private" | "host" | undefined;
  /** Whether it has the host's name. */
  uts?: "private" | "host" | undefined;
}
