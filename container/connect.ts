/**
 * The part of a container's life that its network has. Most containers have
 * none but a loopback, and do not wait for the modules that others need.
 *
 * @module
 */
import type { Reached } from "../daemon/client.ts";
import { DaemonError } from "../daemon/error.ts";
import { remove, start, StatusError } from "../runtime/lifecycle.ts";
import type { Config } from "../runtime/spec.ts";
import { readRecord, type Store } from "../runtime/store.ts";
import type { Place } from "./network.ts";
import { withNames } from "./names.ts";
import { notePorts } from "./publication.ts";
import {
  type Container,
  find,
  hasPorts,
  lockContainer,
  tryReadContainer,
  withdraw,
} from "./store.ts";
import type { Fd } from "../sys/fd.ts";

/** What a container is made with. */
export interface Prepared {
  readonly config: Config;
  /** On its networks, if it is on any. */
  readonly place?: Place;
  /** Keep its ports from others while they are open. */
  readonly ports?: readonly Fd[];
  /** Looks after its networks while it runs. Disposed of by the caller. */
  readonly daemon?: Reached;
}

/**
 * Finds a container's place on its networks, and the configuration it is made
 * from there.
 *
 * @throws {NoSuchNetworkError | BridgeError | ExhaustedError | NetlinkError |
 *   NoSuchContainerError | StatusError}
 */
export async function prepareNetwork(
  store: Store,
  container: Container,
  warn: (message: string) => void = () => {},
): Promise<Prepared> {
  const { name, network } = container;
  if (network?.kind !== "networks") {
    if (network?.kind === "host" && publishes(container)) {
      warn("with --network host ports are the host's own: none is published");
    }
    const joined = await withJoinedNetwork(store, container);
    const { config, warnings } = withNames(store, joined, []);
    warnings.forEach(warn);
    return { config };
  }
  const daemon = await reachDaemon(store);
  try {
    const { takePlace } = await import("./network.ts");
    const { namesSites } = await import("./site.ts");
    const place = takePlace(store, name, network.networks);
    const sites = namesSites(place.sites);
    const { config, warnings } = withNames(store, container, sites);
    for (const text of [...place.notices, ...warnings]) warn(text);
    const ports = await takePorts(store, container, place);
    return { config, place, ports, daemon };
  } catch (error) {
    daemon[Symbol.dispose]();
    throw error;
  }
}

/** Begun early: it comes up while the container is made. */
async function reachDaemon(store: Store): Promise<Reached> {
  const { reachDaemon } = await import("../daemon/client.ts");
  return await reachDaemon(store);
}

function publishes({ ports = [] }: Container): boolean {
  return ports.some(({ hostPort }) => hostPort !== undefined);
}

/** Takes the ports of the host that the container publishes. */
async function takePorts(
  store: Store,
  container: Container,
  { out }: Place,
): Promise<readonly Fd[]> {
  const { name, ports = [], publishFrom } = container;
  await withdraw(store, name);
  if (!publishes(container)) return [];
  const { planPorts } = await import("./port_plan.ts");
  const { holdPorts } = await import("./ports.ts");
  const limits = publishFrom ?? out.find((way) => way.publishFrom)?.publishFrom;
  const held = holdPorts(planPorts(ports, out), limits);
  notePorts(store, name, held.publications);
  return held.sockets;
}

/**
 * The container with the network namespace, and the names, of the one it shares
 * them with, if it does.
 *
 * @throws {NoSuchContainerError | StatusError} when that does not run
 */
export async function withJoinedNetwork(
  store: Store,
  container: Container,
): Promise<Container> {
  const { config, network } = container;
  if (network?.kind !== "container") return container;
  const { status, record, container: other } = await find(store, network.name);
  const pid = record?.init?.pid;
  if (status === "stopped" || pid === undefined) {
    const action = "share the network of";
    throw new StatusError(action, network.name, status, "start it first");
  }
  const joined = { type: "network" as const, path: `/proc/${pid}/ns/net` };
  const namespaces = config.linux.namespaces.map((namespace) =>
    namespace.type === "network" ? joined : namespace
  );
  const linux = { ...config.linux, namespaces };
  const named = withNamesOf(other.config, { ...config, linux });
  return { ...container, config: named };
}

/** A configuration with the host name of another, if it has one itself. */
function withNamesOf(other: Config, config: Config): Config {
  const { hostname, domainname } = other;
  if (config.hostname === undefined || hostname === undefined) return config;
  const { domainname: _, ...kept } = config;
  const own = `HOSTNAME=${config.hostname}`;
  const env = config.process.env.map((entry) =>
    entry === own ? `HOSTNAME=${hostname}` : entry
  );
  return {
    ...kept,
    hostname,
    ...(domainname !== undefined && { domainname }),
    process: { ...config.process, env },
  };
}

/**
 * Connects a created container to its networks, and lets it run once the daemon
 * knows of it. What fails takes the container along; without a daemon it runs
 * all the same.
 *
 * @throws {NetlinkError | ExecError}
 */
export async function connectAndStart(
  store: Store,
  name: string,
  place: Place,
  daemon: Reached,
  warn: (message: string) => void = () => {},
): Promise<void> {
  try {
    const { connect } = await import("./network.ts");
    connect(place, readRecord(store, name).init!.pid);
    if (hasPorts(store, name)) {
      const { openPorts } = await import("./ports.ts");
      openPorts(store, name, place.out);
    }
    (await poke(daemon)).forEach(warn);
    await start(store, name);
  } catch (error) {
    await remove(store, name, { force: true });
    throw error;
  }
}

/**
 * Has the daemon see what has changed in the networks of running containers.
 * Returns what the user is to know.
 */
export async function tellDaemon(store: Store): Promise<readonly string[]> {
  using daemon = await reachDaemon(store);
  return await poke(daemon);
}

/** Returns what the user is to know if the daemon cannot do all it is there for. */
async function poke(daemon: Reached): Promise<readonly string[]> {
  try {
    return await daemon.poke();
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    return [
      `${error.message}; until it runs, nothing puts back what others take out ` +
      "of rkl's packet filter",
    ];
  }
}

/**
 * Lets a container run that was created, on its networks.
 *
 * @throws {NetlinkError | ExecError} and the container is a stopped one then
 */
export async function startCreated(
  store: Store,
  { name }: Container,
  warn: (message: string) => void = () => {},
): Promise<void> {
  // Its networks are not to change meanwhile.
  using _lock = lockContainer(store, name);
  const network = tryReadContainer(store, name)?.network;
  if (network?.kind !== "networks") return await start(store, name);
  using daemon = await reachDaemon(store);
  const { takePlace } = await import("./network.ts");
  const place = takePlace(store, name, network.networks);
  place.notices.forEach(warn);
  await connectAndStart(store, name, place, daemon, warn);
}
