/**
 * Removing what nobody uses, and what is left of those who were killed.
 *
 * @module
 */
import type { Lease } from "../net/ipam.ts";
import { pruneNetworks } from "../net/network_making.ts";
import {
  listNetworks,
  networksDirectory,
  usersOf,
} from "../net/network_store.ts";
import { formatPort, type PublishedPort } from "../net/nftables/description.ts";
import { sweepKernel } from "../net/sweep.ts";
import { discoverHierarchies } from "../runtime/cgroup/hierarchies.ts";
import { sweepCgroups } from "../runtime/cgroup/owner.ts";
import { settleAll } from "../runtime/status.ts";
import { type Store, tryReadRecord } from "../runtime/store.ts";
import { listEntries, sweepPending } from "../sys/entry.ts";
import { sizeOfTree } from "../sys/tree_size.ts";
import { note, ofNetwork } from "./journal/journal.ts";
import { volumesDirectory } from "../volume/store.ts";
import type { Volume } from "../volume/volume.ts";
import { listIds, sweepNames } from "./name_index.ts";
import { ownerOf, tagOf, toRule } from "./network/ports.ts";
import { pruneContainers } from "./prune_containers.ts";
import { readPorts } from "./network/publication.ts";
import { isRelayed } from "./network/relays.ts";
import { reclaimSites } from "./network/site.ts";
import { containersDirectory } from "./store.ts";
import { pruneVolumes } from "./mount/volume_users.ts";

/** What was removed; containers by their ids, the rest by name. */
export interface Pruned {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Addresses that containers had which are no more. */
  readonly leases: readonly string[];
  /** Published ports that led nowhere. */
  readonly ports: readonly string[];
  /** Bridges that the packet filter named and that are no more. */
  readonly rules: readonly string[];
  /** Interfaces of containers that are no more. */
  readonly interfaces: readonly string[];
  /** Directories that were half made or half removed. */
  readonly directories: readonly string[];
  /** Cgroups of containers that are no more. */
  readonly cgroups: readonly string[];
  /** Bytes that were freed on disk. */
  readonly reclaimed: number;
  /** What stays: it may be another store's, or could not be removed. */
  readonly notices: readonly string[];
}

/**
 * Removes the containers that do not run, the networks no container uses but
 * the default one, volumes on demand, and what killed processes left:
 * addresses, ports, interfaces, directories and cgroups without an owner. The
 * calling thread's network namespace is that of the networks.
 */
export async function prune(
  store: Store,
  options: { volumes?: boolean } = {},
): Promise<Pruned> {
  const swept = new Map<string, number>();
  const stuck: string[] = [];
  const stays = (what: string, error: unknown) => {
    stuck.push(`${what} stays: ${(error as Error).message}`);
  };
  const parents = [
    store.root,
    containersDirectory(store),
    networksDirectory(store),
    volumesDirectory(store),
  ];
  for (const parent of parents) {
    sweepPending(parent, {
      goes: (path) => swept.set(path, sizeOfTree(path)),
      stays(path, error) {
        swept.delete(path);
        stays(path, error);
      },
    });
  }
  let reclaimed = swept.values().reduce((sum, size) => sum + size, 0);
  const { containers, reclaimed: freed } = await pruneContainers(
    store,
    () => true,
    stays,
  );
  reclaimed += freed;
  sweepNames(store);
  const leases = reclaimSites(store).map(describeLease);
  const networks = pruneNetworks(store);
  note(store, networks.map((network) => ofNetwork(network, "destroy")));
  const stray = sweepKernel(() => ({
    networks: listNetworks(store).map((network) => ({
      ...network,
      users: usersOf(store, network).map(({ owner }) => owner),
    })),
    isGone: publishers(store),
  }));
  await settleAll(store);
  const isMeant = ({ anonymous }: Volume) => anonymous;
  const { volumes, reclaimed: room } = options.volumes
    ? await pruneVolumes(store, isMeant)
    : { volumes: [], reclaimed: 0 };
  reclaimed += room;
  return {
    containers,
    networks: networks.map(({ name }) => name),
    volumes,
    leases,
    ports: stray.ports.map(formatPort),
    rules: stray.rules,
    interfaces: stray.veths,
    directories: [...swept.keys()],
    cgroups: sweepCgroups(
      discoverHierarchies(),
      store.root,
      () => cgroupsOf(store),
    ),
    reclaimed,
    notices: [
      ...stuck,
      ...stray.strangers.map(({ name, note }) =>
        `the bridge ${name} ("${note}") stays: its network is not in ` +
        `${networksDirectory(store)}; if it is in no other store either, ` +
        `remove it with "ip link delete ${name}"`
      ),
    ],
  };
}

function describeLease({ address, owner }: Lease): string {
  return `${address} of ${owner}`;
}

/**
 * Tells the ports that containers of this store publish no more. Those on ::1
 * the daemon leads to itself, and ends with their owners.
 */
function publishers(store: Store): (port: PublishedPort) => boolean {
  const noted = new Map(
    listIds(store).map((id) => [
      ownerOf(store, id),
      new Set(
        readPorts(store, id).map((port) => leadOf(toRule(store, id, port))),
      ),
    ]),
  );
  const own = `${tagOf(store)}/`;
  return (port) => {
    if (!port.owner.startsWith(own)) return false;
    const kept = noted.get(port.owner);
    if (!kept?.size) return true;
    return !isRelayed(port) && !kept.has(leadOf(port));
  };
}

/** From where to where a port leads, whoever may connect. */
function leadOf({ from: _, ...port }: PublishedPort): string {
  return formatPort(port);
}

/** The directories of the cgroups of all that the runtime knows. */
function cgroupsOf(store: Store): Set<string> {
  return new Set(
    listEntries(store.root).flatMap((id) =>
      Object.values(tryReadRecord(store, id)?.cgroups ?? {})
    ),
  );
}
