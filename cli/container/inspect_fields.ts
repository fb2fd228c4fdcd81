/**
 * A container as docker's `inspect` describes it, and under `rkl` what rkl knows
 * besides: the OCI configuration, the cgroups and so on.
 *
 * @module
 */
import type { Details } from "../../container/describe.ts";
import type { MountDetails } from "../../container/mount/details.ts";
import type { Publication } from "../../container/network/publication.ts";
import type { Description } from "../format.ts";
import { sharedFields } from "./host_config.ts";
import {
  healthcheckFields,
  healthFields,
  restartFields,
} from "./inspect_health.ts";
import { stateWord } from "./status_text.ts";

/** What docker has for a moment that has not come. */
const NEVER = "0001-01-01T00:00:00Z";

/** A container in docker's words. */
export type Inspected = ReturnType<typeof inspectFields>;

/** The description of one container. */
export function inspectFields(details: Details) {
  const { config, name, id, created, command, image, logPath } = details;
  const [path = "", ...args] = command;
  return {
    Id: id,
    Created: created,
    Path: path,
    Args: args,
    State: stateOf(details),
    Image: image,
    ...filesOf(logPath),
    LogPath: logPath,
    Name: name,
    RestartCount: details.restartCount,
    Driver: "overlay",
    Platform: "linux",
    AppArmorProfile: config.process.apparmorProfile ?? "",
    HostConfig: hostConfigOf(details),
    Mounts: details.mounts.map(mountOf),
    Config: configOf(details),
    NetworkSettings: networkSettingsOf(details),
    rkl: details,
  };
}

function stateOf(details: Details) {
  const { status, pid = 0, exitCode = 0, oomKilled } = details;
  return {
    Status: stateWord(details),
    Running: ["running", "paused", "restarting"].includes(status),
    Paused: status === "paused",
    Restarting: status === "restarting",
    OOMKilled: oomKilled,
    Dead: false,
    Pid: pid,
    ExitCode: exitCode,
    Error: details.error ?? "",
    StartedAt: details.started ?? NEVER,
    FinishedAt: details.finished ?? NEVER,
    ...healthFields(details),
  };
}

/** The files of names lie beside the log. */
function filesOf(logPath: string) {
  const directory = logPath.slice(0, logPath.lastIndexOf("/"));
  return {
    ResolvConfPath: `${directory}/resolv.conf`,
    HostnamePath: `${directory}/hostname`,
    HostsPath: `${directory}/hosts`,
  };
}

function hostConfigOf(details: Details) {
  const { config, networkMode, autoRemove, ports, logging } = details;
  const { cpu = {}, memory = {}, pids, blockIO } = config.linux.resources;
  const { quota = 0, period = 0 } = cpu;
  return {
    ...sharedFields(details),
    LogConfig: { Type: logging.driver, Config: logging.options },
    NetworkMode: networkMode,
    PortBindings: bindingsOf(ports ?? []),
    RestartPolicy: restartFields(details.restart),
    AutoRemove: autoRemove,
    ReadonlyRootfs: config.root.readonly,
    OomScoreAdj: config.process.oomScoreAdj ?? 0,
    CgroupParent: parentOf(config.linux.cgroupsPath),
    Memory: memory.limit ?? 0,
    MemorySwap: memory.swap ?? 0,
    MemoryReservation: memory.reservation ?? 0,
    NanoCpus: quota > 0 && period > 0 ? Math.round(quota / period * 1e9) : 0,
    CpuShares: cpu.shares ?? 0,
    CpuPeriod: period,
    CpuQuota: quota,
    CpusetCpus: cpu.cpus ?? "",
    CpusetMems: cpu.mems ?? "",
    PidsLimit: pids?.limit ?? null,
    BlkioWeight: blockIO?.weight ?? 0,
    Sysctls: config.linux.sysctl ?? {},
    Ulimits: config.process.rlimits.map(({ type, soft, hard }) => ({
      Name: type.replace("RLIMIT_", "").toLowerCase(),
      Soft: soft,
      Hard: hard,
    })),
    SecurityOpt: securityOptionsOf(details),
    MaskedPaths: config.linux.maskedPaths,
    ReadonlyPaths: config.linux.readonlyPaths,
  };
}

/** The options of `--security-opt` that make a container as it is. */
function securityOptionsOf({ config: { process, linux }, seccomp }: Details) {
  const profile = linux.seccomp && JSON.stringify(linux.seccomp);
  return [
    `seccomp=${profile ?? seccomp ?? "unconfined"}`,
    ...(process.apparmorProfile ? [`apparmor=${process.apparmorProfile}`] : []),
    ...(process.noNewPrivileges ? ["no-new-privileges"] : []),
  ];
}

function parentOf(cgroup: string | undefined): string {
  return cgroup?.slice(0, cgroup.lastIndexOf("/")) ?? "";
}

function mountOf(mount: MountDetails) {
  const { type, name = "", source, destination, driver = "" } = mount;
  const { mode, rw, propagation } = mount;
  return {
    Type: type,
    Name: name,
    Source: source,
    Destination: destination,
    Driver: driver,
    Mode: mode,
    RW: rw,
    Propagation: propagation,
  };
}

function configOf({ config, command, image, labels, ...rest }: Details) {
  const { process, hostname = "", domainname = "" } = config;
  const { uid, gid } = process.user;
  return {
    Hostname: hostname,
    Domainname: domainname,
    User: uid === 0 && gid === 0 ? "" : `${uid}:${gid}`,
    Tty: process.terminal,
    OpenStdin: rest.stdin,
    Env: process.env,
    Cmd: command,
    Image: image,
    WorkingDir: process.cwd,
    Entrypoint: null,
    Labels: labels,
    StopSignal: rest.stopSignal,
    StopTimeout: rest.stopTimeout,
    ...healthcheckFields(rest.healthcheck),
  };
}

function networkSettingsOf({ networks = {}, ports = [] }: Details) {
  const all = Object.entries(networks).map(([name, network]) => {
    const { addresses, gateways, mac = "", aliases = [] } = network;
    const isV6 = (text: string) => text.includes(":");
    const [v4 = ""] = addresses.filter((text) => !isV6(text));
    const [v6 = ""] = addresses.filter(isV6);
    return [name, {
      IPAddress: v4,
      Gateway: gateways.find((text) => !isV6(text)) ?? "",
      GlobalIPv6Address: v6,
      IPv6Gateway: gateways.find(isV6) ?? "",
      MacAddress: mac,
      Aliases: aliases,
    }] as const;
  });
  const [, first] = all[0] ?? [];
  return {
    Ports: bindingsOf(ports),
    IPAddress: first?.IPAddress ?? "",
    Gateway: first?.Gateway ?? "",
    MacAddress: first?.MacAddress ?? "",
    Networks: Object.fromEntries(all),
  };
}

/** Ports by what they are in the container: `80/tcp`. */
function bindingsOf(ports: readonly Publication[]) {
  const groups = Map.groupBy(
    ports,
    ({ containerPort, protocol }) => `${containerPort}/${protocol}`,
  );
  return Object.fromEntries(
    [...groups].map(([key, group]) => [
      key,
      group.map(({ hostIP, hostPort }) => ({
        HostIp: hostIP,
        HostPort: String(hostPort),
      })),
    ]),
  );
}

/** For templates: what may lack, and whose keys are the user's. */
export const CONTAINER_DESCRIPTION: Description<Inspected> = {
  optional: ["health", "pid", "seccomp", "exitCode", "finished", "started"],
  maps: ["Labels", "Ports", "PortBindings", "Networks", "Sysctls"],
};
