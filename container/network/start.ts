/**
 * What networks have to do with a container's start. Most containers are on
 * none, and do not wait for the modules that others need.
 *
 * @module
 */
import type { Reached } from "../../daemon/client.ts";
import { openCgroup } from "../../runtime/cgroup/cgroup.ts";
import { remove } from "../../runtime/delete.ts";
import { start } from "../../runtime/start.ts";
import { StatusError } from "../../runtime/refusals.ts";
import type { Config } from "../../runtime/spec.ts";
import { readRecord, type Store } from "../../runtime/store.ts";
import type { Attachment } from "./attachment.ts";
import type { CniSite } from "./cni_wishes.ts";
import { holdNetns, type Warn, withdraw } from "./ending.ts";
import { keep, poke, reachDaemon } from "../daemon_poke.ts";
import { find } from "../find.ts";
import { beginLife, cancelLife } from "../journal/death.ts";
import { noteStart } from "../journal/life.ts";
import { isKept } from "../kept.ts";
import type { Place } from "./network.ts";
import { askOthers, updateNames, withNames } from "./names.ts";
import { notePorts } from "./publication.ts";
import { wantRunning } from "../restart/state.ts";
import {
  type Container,
  hasPorts,
  lockContainer,
  markReady,
  readMonitor,
} from "../store.ts";
import type { Fd } from "../../sys/fd.ts";

/** A container's networks: rkl's own, and those of CNI. */
export interface ConnectionPlan extends Place {
  readonly cni: readonly CniSite[];
}

/** What a container is made with. */
export interface Prepared {
  readonly config: Config;
  /** On its networks, if it is on any. */
  readonly place?: ConnectionPlan;
  /** Keep its ports from others while they are open. */
  readonly ports?: readonly Fd[];
  /** Looks after it, or its networks, while it runs. Disposed of by the caller. */
  readonly daemon?: Reached;
}

/**
 * Finds a container's place on its networks, and the configuration it is made
 * from there.
 *
 * @throws {NoSuchNetworkError | BridgeError | MissingFeatureError |
 *   ExhaustedError | NetlinkError | NoSuchContainerError | StatusError}
 */
export async function prepareNetwork(
  store: Store,
  container: Container,
  { warn = () => {}, gate = false, watched = false }: {
    warn?: ((message: string) => void) | undefined;
    /** Its program waits, and so does the daemon for it. */
    gate?: boolean;
    /** The caller is the daemon. */
    watched?: boolean;
  } = {},
): Promise<Prepared> {
  const { network } = container;
  if (network?.kind !== "networks") {
    if (network?.kind === "host" && publishes(container)) {
      warn("with --network host ports are the host's own: none is published");
    }
    const joined = await withJoinedNetwork(store, container);
    const { config, warnings } = withNames(store, joined, []);
    warnings.forEach(warn);
    return {
      config,
      ...(isKept(container) && !gate && !watched &&
        { daemon: await reachDaemon(store) }),
    };
  }
  const daemon = await reachDaemon(store);
  try {
    const { namesSites } = await import("./site.ts");
    const place = await planConnections(
      store,
      container,
      network.networks,
      warn,
    );
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

/** Finds a container's networks; those of rkl's own are taken into use. */
async function planConnections(
  store: Store,
  { id, name }: Container,
  attachments: readonly Attachment[],
  warn: Warn,
): Promise<ConnectionPlan> {
  const { takePlace } = await import("./network.ts");
  const cni = await findCni(store, attachments, warn);
  const own = attachments.filter((one) =>
    !cni.some(({ attachment }) => attachment === one)
  );
  const place = await explained(name, () => takePlace(store, id, own));
  return { ...place, cni };
}

/** Those of a container's networks that are none of rkl's own, but CNI's. */
async function findCni(
  store: Store,
  attachments: readonly Attachment[],
  warn: Warn = () => {},
): Promise<readonly CniSite[]> {
  const { isNetwork } = await import("../../net/network_store.ts");
  const others = attachments.filter(({ name }) => !isNetwork(store, name));
  if (others.length === 0) return [];
  const { findSites } = await import("./cni.ts");
  return findSites(store, others, warn);
}

/** How a container would be connected to its networks, a line each. */
export async function describeConnections(
  store: Store,
  attachments: readonly Attachment[],
): Promise<string[]> {
  if (attachments.length === 0) return [];
  const cni = await findCni(store, attachments);
  return attachments.map((attachment) => {
    const site = cni.find((site) => site.attachment === attachment);
    const how = site
      ? `by the CNI plugins ${
        site.network.plugins.map(({ type }) => type).join(", ")
      }, with`
      : "with its bridge up, an address leased and";
    return `connect ${attachment.interface} to network ${attachment.name}, ` +
      `${how} /etc/hosts written, before the program runs`;
  });
}

/**
 * Does something with a container's networks. Only where that fails, it is seen
 * whether the kernel lacks what they take.
 */
async function explained<T>(
  container: string,
  action: () => T | Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { explainMissing } = await import("../../net/features.ts");
    throw explainMissing(`put container "${container}" on a network`, error);
  }
}

function publishes({ ports = [] }: Container): boolean {
  return ports.some(({ hostPort }) => hostPort !== undefined);
}

/** Takes the ports of the host that the container publishes. */
async function takePorts(
  store: Store,
  container: Container,
  { out, cni }: ConnectionPlan,
): Promise<readonly Fd[]> {
  const { id, ports = [] } = container;
  await withdraw(store, id, { insist: true });
  if (!publishes(container)) return [];
  // Where no network of rkl's leads out, plugins publish them.
  if (out.length === 0 && cni.length > 0) return [];
  const { planPorts } = await import("./port_plan.ts");
  const { clientsOf, holdPorts } = await import("./ports.ts");
  const clients = clientsOf(container, out);
  const held = holdPorts(store, planPorts(ports, out), clients);
  notePorts(store, id, { open: false, ports: held.publications });
  return held.sockets;
}

/**
 * The container with the network namespace, and the names, of the one it shares
 * them with, if it does; that one is named by its id.
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
  const mode = { ...network, name: other.id };
  return { ...container, config: named, network: mode };
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
 * all the same. Returns its namespace as {@linkcode holdNetns}: held from before
 * its program runs, which may end before anybody looks again.
 *
 * @throws {NetlinkError | ExecError}
 */
export async function connectAndStart(
  store: Store,
  container: Container,
  place: ConnectionPlan,
  daemon: Reached,
  warn: Warn = () => {},
): Promise<Fd | undefined> {
  const { id, name } = container;
  using stack = new DisposableStack();
  let netns: Fd | undefined;
  try {
    const { connect, guardWhole } = await import("./network.ts");
    const { namesSites } = await import("./site.ts");
    const init = readRecord(store, id).init!;
    // First: rkl's own networks yield to a default route that is there.
    await addToCni(store, container, place, init.pid);
    netns = stack.use(holdNetns(store, id));
    if (hasPorts(store, id)) {
      const { openPorts } = await import("./ports.ts");
      openPorts(store, id, place.out);
    }
    // The daemon looks around while the interfaces are made.
    const work = [
      poke(daemon, warn, async () => {
        askOthers(store, container, namesSites(place.sites));
        await guardWhole(place.sites.map(({ network }) => network));
      }),
      explained(name, () => connect(place, init)),
    ];
    await Promise.allSettled(work);
    await Promise.all(work);
    await letRun(store, container, warn);
    stack.move();
    return netns;
  } catch (error) {
    netns ??= stack.use(holdNetns(store, id));
    await remove(store, id, { force: true });
    await withdraw(store, id, { netns, warn, insist: true });
    throw error;
  }
}

/** Opens the gate of a container. Its lock is the caller's. */
async function letRun(
  store: Store,
  container: Container,
  warn: Warn,
): Promise<void> {
  const { id } = container;
  beginLife(store, id);
  try {
    await start(store, id);
  } catch (error) {
    cancelLife(store, id);
    throw error;
  }
  await noteStart(store, container, warn);
}

async function addToCni(
  store: Store,
  container: Container,
  place: ConnectionPlan,
  pid: number,
): Promise<void> {
  const { cni, out } = place;
  if (cni.length === 0) return;
  const { addToNetworks } = await import("./cni.ts");
  const publish = out.length === 0;
  const made = await addToNetworks(store, container, pid, cni, publish);
  // They are known only now that its files are mounted.
  const { namesSiteOf } = await import("./cni_names.ts");
  const { namesSites } = await import("./site.ts");
  const before = namesSites(place.sites);
  const after = [...before, ...made.map(namesSiteOf)];
  updateNames(store, container, before, after);
}

/**
 * Lets a container run that was created, on its networks. Returns its namespace
 * as {@linkcode connectAndStart}.
 *
 * @throws {NetlinkError | ExecError} and the container is a stopped one then
 */
export async function startCreated(
  store: Store,
  created: Container,
  warn: Warn = () => {},
): Promise<Fd | undefined> {
  // Its networks are not to change meanwhile.
  using _lock = await lockContainer(store, created);
  const { container, status, record } = await find(store, created.id);
  // It may have been started while this waited for the lock.
  if (status !== "created") return undefined;
  if (openCgroup(record!.cgroups).isFrozen()) {
    const hint = "resume it first";
    throw new StatusError("start", container.name, "paused", hint);
  }
  wantRunning(store, container);
  return await openGate(store, container, warn);
}

/**
 * Lets a container run that waits at its gate. The caller holds its lock.
 * Returns its namespace as {@linkcode connectAndStart}.
 *
 * @throws {NetlinkError | ExecError} and the container is a stopped one then
 */
export async function openGate(
  store: Store,
  container: Container,
  warn: Warn,
): Promise<Fd | undefined> {
  const netns = await connectAtGate(store, container, warn);
  const { id } = container;
  markReady(store, id, readMonitor(store, id)); // from now on it has started
  return netns;
}

async function connectAtGate(
  store: Store,
  container: Container,
  warn: Warn,
): Promise<Fd | undefined> {
  const { network } = container;
  if (network?.kind !== "networks") {
    await letRun(store, container, warn);
    await keep(store, container, warn);
    return undefined;
  }
  using daemon = await reachDaemon(store);
  const place = await planConnections(store, container, network.networks, warn);
  place.notices.forEach(warn);
  return await connectAndStart(store, container, place, daemon, warn);
}
