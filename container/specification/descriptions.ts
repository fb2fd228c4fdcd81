/**
 * What fields of a specification mean, by path: the doc comments of
 * `specification/fields.ts`. `deno task docs` writes this file.
 *
 * @module
 */

/** The fields' descriptions. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  "name": "Made up when left out.",
  "image": "A bundle or a root filesystem: a directory.",
  "command": "The program and its first arguments.",
  "args": "Its arguments; without `command`, the program too.",
  "init":
    "A small process as pid 1, with the program as its child: it passes signals on and reaps orphans.",
  "env": "Environment variables.",
  "env.name": "Of a variable, or of a kernel parameter.",
  "env.value": "Nothing, when it is left out.",
  "workingDir": "An absolute path in the container.",
  "user": "`USER[:GROUP]`, by name or id, as the image knows them.",
  "tty": "Give it a terminal.",
  "stdin": "Keep its stdin open.",
  "securityContext": "As whom it runs, and what it may do.",
  "securityContext.runAsUser": "User id; the image's by default.",
  "securityContext.runAsGroup": "Group id; the image's by default.",
  "securityContext.runAsNonRoot": "Refuse to run as root.",
  "securityContext.privileged":
    "All capabilities and devices, nothing masked or read-only.",
  "securityContext.readOnlyRootFilesystem":
    "Mount the root filesystem read-only.",
  "securityContext.allowPrivilegeEscalation":
    "False sets no_new_privs, as prctl(2).",
  "securityContext.capabilities": "Capabilities, with or without CAP_, or ALL.",
  "securityContext.capabilities.add": "Those it gets besides the usual ones.",
  "securityContext.capabilities.drop": "Those it does not get.",
  "securityContext.procMount": "`Unmasked` leaves all of /proc as it is.",
  "securityContext.maskedPaths": "Paths to mask besides those of procMount.",
  "securityContext.unmaskedPaths":
    "Paths to leave as they are, with `*` and `?`; `ALL` is all.",
  "securityContext.seccompProfile":
    "The filter of system calls: docker's, none, or that in a file.",
  "securityContext.seccompProfile.type":
    "`RuntimeDefault` is what a root filesystem gets when nothing is said.",
  "securityContext.seccompProfile.localhostProfile":
    "With `Localhost`: for seccomp a file, for AppArmor a name.",
  "securityContext.appArmorProfile":
    "The AppArmor profile: rkl's, none, or one the kernel knows.",
  "securityContext.appArmorProfile.type":
    "`RuntimeDefault` is what a root filesystem gets when nothing is said.",
  "securityContext.appArmorProfile.localhostProfile":
    "With `Localhost`: for seccomp a file, for AppArmor a name.",
  "resources": "`limits` are enforced; `requests` weigh and protect.",
  "resources.limits": "No more than this.",
  "resources.limits.cpu": "Cores: `500m` or 0.5 is half of one.",
  "resources.limits.memory": "Bytes: `64Mi` is 67108864.",
  "resources.requests":
    "Weight against others, and memory it keeps when the host runs short.",
  "resources.requests.cpu": "Cores: `500m` or 0.5 is half of one.",
  "resources.requests.memory": "Bytes: `64Mi` is 67108864.",
  "memorySwap":
    "Bytes of memory and swap together, -1 for no limit; as much as `limits.memory` when left out, which is no swap.",
  "memorySwappiness": "0 to 100: how soon memory is swapped; cgroup v1 only.",
  "oomKillDisable":
    "Wait for memory at the limit, instead of being killed; cgroup v1 only.",
  "cpuShares":
    "Weight against others, 1024 being the usual one; over `requests.cpu`.",
  "cpuPeriod":
    "Microseconds, 1000 to 1000000: the period that `cpuQuota` is of.",
  "cpuQuota": "Microseconds of processor time in each period; -1 for no limit.",
  "cpuRtPeriod": "Microseconds: the period of `cpuRtRuntime`; cgroup v1 only.",
  "cpuRtRuntime":
    "Microseconds of real-time scheduling in each period; cgroup v1 only.",
  "cpusetCpus": "Processors it may run on, such as `0-2,5`.",
  "cpusetMems": "Memory nodes it may use, such as `0`.",
  "pidsLimit": "Most processes and threads at once; -1 for no limit.",
  "blockIO": "Weights and limits of block devices.",
  "blockIO.weight": "10 to 1000, against the other containers.",
  "blockIO.weightDevice": "The same for single devices.",
  "blockIO.weightDevice.path": "Its path on the host.",
  "blockIO.weightDevice.weight": "10 to 1000.",
  "blockIO.deviceReadBps": "Most bytes a second that are read.",
  "blockIO.deviceReadBps.path": "Its path on the host.",
  "blockIO.deviceReadBps.rate": "Bytes a second.",
  "blockIO.deviceWriteBps": "Most bytes a second that are written.",
  "blockIO.deviceWriteBps.path": "Its path on the host.",
  "blockIO.deviceWriteBps.rate": "Bytes a second.",
  "blockIO.deviceReadIops": "Most reads a second.",
  "blockIO.deviceReadIops.path": "Its path on the host.",
  "blockIO.deviceReadIops.rate": "Operations a second.",
  "blockIO.deviceWriteIops": "Most writes a second.",
  "blockIO.deviceWriteIops.path": "Its path on the host.",
  "blockIO.deviceWriteIops.rate": "Operations a second.",
  "shmSize": "Bytes of /dev/shm; 64Mi when left out.",
  "devices": "Devices of the host that it gets, and may use.",
  "devices.source": "Its path on the host.",
  "devices.target": "Its path in the container; the same when left out.",
  "devices.permissions":
    "Letters of r (read), w (write) and m (mknod); all when left out.",
  "deviceCgroupRules":
    "Further devices it may use, such as `c 10:200 rwm`; `*` is any number.",
  "ports": "What it listens on.",
  "ports.containerPort": "1 to 65535.",
  "ports.hostPort":
    "The host's: 1 to 65535, 0 for a free one, or one of a range `8000-8010`.",
  "ports.hostIP": "The host's address; all it has unless given.",
  "ports.protocol": "TCP by default.",
  "ports.name": "What the port is for.",
  "publishAll":
    "Publish all of `ports`, those without a `hostPort` on a free one.",
  "publishFrom":
    "Who may connect to published ports, as `192.0.2.0/24`; everyone else not.",
  "mounts": "In the order in which they are mounted.",
  "mounts.type": "`volume` by default where there is a `name`, else `bind`.",
  "mounts.source": "For a bind mount: what to show there.",
  "mounts.name":
    "A volume's, made when it is first used; without one, the container's own.",
  "mounts.destination": "An absolute path in the container.",
  "mounts.readOnly": "With all that is mounted below it.",
  "mounts.propagation":
    "Which later mounts show on the other side; `None` by default.",
  "mounts.recursive":
    "What is mounted below the source of a bind mount; docker's bind-recursive.",
  "mounts.subPath":
    "What in the source or volume to show, by a path from there.",
  "mounts.createSource":
    "Make the source of a bind mount, a directory, where it is missing.",
  "mounts.noCopy": "Do not copy what the image has there into an empty volume.",
  "mounts.driver": "Of a volume that is made: only `local`.",
  "mounts.driverOptions": "Of a volume that is made: `type`, `device` and `o`.",
  "mounts.labels": "Of a volume that is made.",
  "mounts.options": "Further options, as mount(8) has them.",
  "writeImage":
    "Write into the image itself, instead of into a layer of its own.",
  "volumesFrom":
    "Containers whose mounts it has too: `NAME`, `NAME:ro` or `NAME:rw`.",
  "hostname": "By default that of a bundle, or else the container's name.",
  "domainname": "The domain that the host name is in.",
  "labels": "Kept with the container, for those who look for it.",
  "annotations": "Passed on in the OCI configuration.",
  "logging":
    "What becomes of its output: 20m × 5 files of it are kept by default.",
  "logging.driver":
    "`local` by default, which `json-file` and `k8s-file` mean too; `none`.",
  "logging.options":
    "`max-size` of a file, `max-file` of them; `labels`, `env` … to be told.",
  "stopSignal": "By name or number; SIGTERM by default.",
  "stopTimeout": "Seconds from the stop signal to SIGKILL; 10 by default.",
  "autoRemove": "Delete it when it has ended.",
  "restart":
    "What follows its end: `no` (nothing, by default), `always`, `on-failure`, `on-failure:N` (at most N times) or `unless-stopped`.",
  "healthcheck": "A command that tells whether it is healthy.",
  "healthcheck.test":
    "A command for the container's shell, or a list: `CMD` and a program with its arguments, `CMD-SHELL` and a command, or `NONE`.",
  "healthcheck.interval":
    "Between the end of a check and the next; 30s by default.",
  "healthcheck.timeout": "After which a check has failed; 30s by default.",
  "healthcheck.startPeriod":
    "From the start, for which failures do not count; none by default.",
  "healthcheck.startInterval": "Between checks in that time; 5s by default.",
  "healthcheck.retries": "How many have to fail in a row; 3 by default.",
  "healthcheck.onFailure":
    "What is done when it turns unhealthy; nothing by default.",
  "ulimits": "By the name after RLIMIT_, in lower case: `nofile`.",
  "ulimits.soft": "What holds; the process may raise it up to `hard`.",
  "ulimits.hard":
    "What `soft` may be raised to; the same as `soft` when left out.",
  "sysctls": "Kernel parameters of the container's namespaces.",
  "sysctls.name": "Of a variable, or of a kernel parameter.",
  "sysctls.value": "Nothing, when it is left out.",
  "groups": "Further groups, by name or id.",
  "umask": 'Octal digits, such as `"022"`.',
  "oomScoreAdj": "-1000 to 1000, as proc(5).",
  "cgroupParent": "The cgroup that holds the container's.",
  "network":
    "`none` (only a loopback of its own), `host`, `container:NAME`, `ns:PATH`, or a network by its name or with more to say of it, or a list of networks; by default `bridge`, or what RKL_NETWORK says.",
  "network.name": "The network's.",
  "network.ip": "An IPv4 address of the network; chosen when left out.",
  "network.ip6": "An IPv6 address of the network; chosen when left out.",
  "network.mac":
    "Such as `02:42:0a:01:02:03`; made of the address when left out.",
  "network.aliases":
    "What others on the network call the container, besides its name.",
  "network.interface":
    "What the container calls the interface; eth0, eth1 … when left out.",
  "hostAliases":
    "Lines of /etc/hosts; for the host, its `ip` may be `host-gateway`.",
  "hostAliases.ip": "An IP address, or `host-gateway` for the host.",
  "hostAliases.hostnames": "What it is called.",
  "dnsConfig": "What the resolver is told.",
  "dnsConfig.nameservers": "IP addresses.",
  "dnsConfig.searches":
    "Domains that a short name is looked for in; a lone `.` is none.",
  "dnsConfig.options": 'Such as `{name: ndots, value: "2"}`.',
  "dnsConfig.options.name": "Of a variable, or of a kernel parameter.",
  "dnsConfig.options.value": "Nothing, when it is left out.",
  "pid": "Whose processes it sees: `private`, `host` or `container:NAME`.",
  "ipc":
    "Whose IPC objects and /dev/shm it has: `private`, `shareable` (others may join it), `none` (no /dev/shm), `host` or `container:NAME`.",
  "uts": "Whether it has a host name of its own.",
  "cgroupns": "Whether it sees its own cgroup as the root of all.",
};
