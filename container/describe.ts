/**
 * What is told of containers: a line of each, or everything of one.
 *
 * @module
 */
import { readOomKills } from "../runtime/cgroup/memory.ts";
import type { Config } from "../runtime/spec.ts";
import type { Status } from "../runtime/status.ts";
import type { Store } from "../runtime/store.ts";
import { type Failed, find, findAll, type Found } from "./find.ts";
import type { Logging } from "./log/logging.ts";
import { type MountDetails, mountsOf } from "./mount/details.ts";
import type { AttachmentDetails } from "./network/details.ts";
import type { NetworkMode } from "./network/mode.ts";
import { type Publication, readAllPorts } from "./network/publication.ts";
import { readHealth } from "./health/results.ts";
import type { Health, HealthStatus } from "./health/state.ts";
import type { Healthcheck } from "./health/healthcheck.ts";
import { exitCodeOf } from "./monitor/records.ts";
import type { RestartPolicy } from "./restart/policy.ts";
import { policyOf } from "./restart/state.ts";
import { isRestarting, restartOf } from "./restart/restarting.ts";
import { type Container, isOnCni, logDirectory, readStarted } from "./store.ts";

/** A line of `rkl container list`. */
export interface Summary {
  /** 64 hexadecimal digits. */
  id: string;
  /** What it is called now. */
  name: string;
  /** What it does now; `restarting` while it waits to be started again. */
  status: Status | "restarting";
  /** What its health check says, of one that lives. */
  health?: HealthStatus;
  /** Of init; absent when it has ended. */
  pid?: number;
  /** The bundle or root filesystem, absolute. */
  image: string;
  /** The program and its arguments. */
  command: string[];
  /** RFC 3339. */
  created: string;
  /** The specification's. */
  labels: { [key: string]: string };
  /** When its program began to run, the last time; RFC 3339. */
  started?: string;
  /** When it ended, RFC 3339; absent where nobody saw it. */
  finished?: string;
  /** Of a stopped container. */
  exitCode?: number;
  /** What is mounted in it besides what its image has. */
  mounts: MountDetails[];
  /** Of the networks it is on. */
  networkNames: string[];
  /** Ports of the host that lead to it while it runs. */
  ports?: Publication[];
}

/** All containers, by id, but those that cannot be looked at. */
export async function listContainers(
  store: Store,
  failed: Failed = () => {},
): Promise<Summary[]> {
  return (await findAll(store, failed)).flatMap((found) => {
    try {
      return summarize(store, found);
    } catch (error) {
      failed(found.container.id, error);
      return [];
    }
  });
}

/**
 * The ports of the host that lead to a container; none when it does not run.
 *
 * @throws {NoSuchContainerError}
 */
export async function portsOf(
  store: Store,
  name: string,
): Promise<Publication[]> {
  return summarize(store, await find(store, name)).ports ?? [];
}

/** Everything that is known of a container. */
export interface Details extends Summary {
  /** Its restart policy. */
  restart: RestartPolicy;
  /** How many times it was started again since somebody started it. */
  restartCount: number;
  /** Why it could not be started again the last time. */
  error?: string;
  /** How it is checked; times in milliseconds. */
  healthcheck?: Healthcheck;
  /** What the last checks said, of one that lives; docker's `State.Health`. */
  healthState?: Health;
  /** Whether the kernel killed a process of it for want of memory. */
  oomKilled: boolean;
  /** Removed once it has ended. */
  autoRemove: boolean;
  /** Its stdin can be written to. */
  stdin: boolean;
  /** What asks it to end, by its number. */
  stopSignal: number;
  /** Seconds from that to SIGKILL. */
  stopTimeout: number;
  /** As `--network` has it; of several networks the first. */
  networkMode: string;
  /** Its pid 1 is rkl's, and the program a child of that. */
  init: boolean;
  /** As `--pid` has it. */
  pidMode: string;
  /** As `--ipc` has it. */
  ipcMode: string;
  /** Bytes of output that did not fit the disk. */
  lostLogBytes?: number;
  /** The directory of the files that its monitor writes its output to. */
  logPath: string;
  /** What becomes of its output. */
  logging: Pick<Logging, "driver" | "options">;
  /** The networks it is on, by their names. */
  networks?: { [name: string]: AttachmentDetails };
  /** Its directory in each cgroup hierarchy; "" is v2. */
  cgroups: { [controller: string]: string };
  /** Its system calls are filtered as docker does it; else see `config`. */
  seccomp?: "builtin";
  /** The OCI configuration it was made from. */
  config: Config;
}

/**
 * Everything that is known of a container.
 *
 * @throws {NoSuchContainerError}
 */
export async function inspectContainer(
  store: Store,
  name: string,
): Promise<Details> {
  const found = await find(store, name);
  const { exit } = found.exit ?? {};
  const cgroups = found.record?.cgroups ?? {};
  const { container } = found;
  const networks = await describeNetworks(store, container);
  const { healthcheck } = container;
  const { count = 0, error } = restartOf(store, found) ?? {};
  const healthState = healthOf(store, found);
  const { driver, options } = container.logging;
  return {
    ...summarize(store, found, healthState),
    restart: policyOf(container),
    restartCount: count,
    ...(error !== undefined && { error }),
    ...(healthcheck && { healthcheck }),
    ...(healthState && { healthState }),
    autoRemove: container.autoRemove,
    stdin: container.stdin,
    stopSignal: container.stopSignal,
    stopTimeout: container.stopTimeout,
    networkMode: modeText(container.network),
    init: container.init ?? false,
    pidMode: sharingMode(container, "pid"),
    ipcMode: sharingMode(container, "ipc"),
    oomKilled: readOomKills(cgroups) > 0,
    ...(exit?.lostBytes && { lostLogBytes: exit.lostBytes }),
    logPath: logDirectory(store, container.id),
    logging: { driver, options },
    ...(networks && { networks }),
    cgroups,
    ...(container.seccomp && { seccomp: container.seccomp }),
    config: container.config,
  };
}

/** What was asked for, or what a bundle's namespaces come to. */
function sharingMode(container: Container, type: "pid" | "ipc"): string {
  const { namespaces } = container.config.linux;
  const own = namespaces.some((namespace) => namespace.type === type);
  return container[type] ?? (own ? "private" : "host");
}

function summarize(
  store: Store,
  found: Found,
  health = healthOf(store, found),
): Summary {
  const { container, status, record, exit } = found;
  const { id, name, image, created, labels, network, config } = container;
  const live = status !== "stopped";
  const ports = live ? readAllPorts(store, id) : [];
  const started = status === "created" ? undefined : readStarted(store, id);
  return {
    id,
    name,
    status: isRestarting(store, found) ? "restarting" : status,
    ...(health && { health: health.Status }),
    ...(live && record?.init && { pid: record.init.pid }),
    image,
    command: config.process.args,
    created,
    ...(started && { started: started.toISOString() }),
    ...(!live && exit?.exit && { finished: exit.exit.time.toISOString() }),
    labels,
    ...(!live && { exitCode: exitCodeOf(exit) }),
    mounts: mountsOf(container),
    networkNames: network?.kind === "networks"
      ? network.networks.map(({ name }) => name)
      : [network?.kind ?? "none"],
    ...(ports.length > 0 && { ports }),
  };
}

/** Of one that lives, and is checked. */
function healthOf(
  store: Store,
  { container, status, record }: Found,
): Health | undefined {
  const { id, healthcheck } = container;
  if (!healthcheck || !record?.init) return undefined;
  if (status !== "running" && status !== "paused") return undefined;
  return readHealth(store, id, record.init, healthcheck);
}

function modeText(network: NetworkMode = { kind: "none" }): string {
  switch (network.kind) {
    case "networks":
      return network.networks[0]?.name ?? "none";
    case "container":
      return `container:${network.name}`;
    case "namespace":
      return `ns:${network.path}`;
    default:
      return network.kind;
  }
}

async function describeNetworks(store: Store, { id, network }: Container) {
  if (network?.kind !== "networks") return undefined;
  const { networksOf } = await import("./network/details.ts");
  const own = networksOf(store, id, network.networks);
  if (!isOnCni(store, id)) return own;
  const { cniNetworksOf } = await import("./network/cni.ts");
  return { ...own, ...cniNetworksOf(store, id) };
}
