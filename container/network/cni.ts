/**
 * Containers on networks of CNI: what is added to one before its program runs,
 * and taken off after it has ended.
 *
 *     DATA/containers/ID/cni.json  {@linkcode Noted}, written before ADD
 *
 * So whoever comes after a crash knows what to take off. What DEL could not
 * remove stays in CNI's cache, for a later DEL and for GC.
 *
 * @module
 */
import {
  addAttachment,
  type CniPlaces,
  deleteAttachment,
} from "../../net/cni/runtime/attachment.ts";
import {
  type Entry,
  type EntryKey,
  findEntry,
  listEntries,
  resultOf,
} from "../../net/cni/runtime/cache.ts";
import {
  type ConfDirectory,
  type ConfiguredNetwork,
  readConfDirectory,
} from "../../net/cni/runtime/conf_directory.ts";
import { PLUGIN_TIMEOUT } from "../../net/cni/runtime/invoke.ts";
import { collectGarbage } from "../../net/cni/runtime/maintenance.ts";
import {
  DEFAULT_CACHE_DIRECTORY,
  DEFAULT_CONF_DIRECTORY,
  DEFAULT_PLUGIN_DIRECTORIES,
} from "../../net/cni/runtime/defaults.ts";
import type { CniResult } from "../../net/cni/result.ts";
import { formatAddress } from "../../net/address.ts";
import { netnsPath } from "../../net/netns.ts";
import { DEFAULT_STORE, type Store } from "../../runtime/store.ts";
import { replaceFile, tryReadJson } from "../../sys/entry.ts";
import { fnv1a } from "../../sys/hash.ts";
import type { Attachment } from "./attachment.ts";
import { addressesOf } from "./cni_names.ts";
import { capabilitiesOf, type CniSite, publicationsOf } from "./cni_wishes.ts";
import type { Warn } from "./ending.ts";
import type { AttachmentDetails, SiteDetails } from "./details.ts";
import type { Publication } from "./publication.ts";
import type { ContainerId } from "../id.ts";
import { cniFile, type Container, nameOf } from "../store.ts";

/** What cni.json holds. */
interface Noted {
  /** Where the plugins were found. */
  readonly plugins: readonly string[];
  readonly sites: readonly { network: string; interface: string }[];
  /** That plugins have published; see `network/publication.ts`. */
  readonly ports?: readonly Publication[];
  /** DEL has failed: who only looks at the container does not try again. */
  readonly failed?: true;
}

/** The networks that are configured on the host. */
export function cniNetworks({ cni }: Store): ConfDirectory {
  return readConfDirectory(cni?.conf ?? DEFAULT_CONF_DIRECTORY);
}

/** Whether a network is configured on the host. */
export function isCniNetwork(store: Store, network: string): boolean {
  return cniNetworks(store).networks.some(({ name }) => name === network);
}

/**
 * The places on networks that are CNI's, of those that are asked for. What is
 * wrong with the files is told when one of them is not found.
 */
export function findSites(
  store: Store,
  attachments: readonly Attachment[],
  warn: Warn,
): CniSite[] {
  const { networks, warnings } = cniNetworks(store);
  const sites = attachments.flatMap((attachment): CniSite[] => {
    const network = networks.find(({ name }) => name === attachment.name);
    return network ? [{ attachment, network }] : [];
  });
  if (sites.length < attachments.length) warnings.forEach(warn);
  return sites;
}

/**
 * Adds a container, whose init is `pid`, to networks; its program does not run
 * yet. The caller takes off what was added, when it fails.
 *
 * @param publish Whether ports are published on these networks.
 * @throws {MissingPluginError | PluginError | CniCapabilityError}
 */
export async function addToNetworks(
  store: Store,
  container: Container,
  pid: number,
  sites: readonly CniSite[],
  publish: boolean,
): Promise<CniResult[]> {
  const { id, name } = container;
  const asked = sites.map((site, index) =>
    // As podman has it: the first network is the one ports are published on.
    capabilitiesOf(site, container, publish && index === 0)
  );
  const places = placesOf(store);
  const noted: Noted = {
    plugins: places.directories,
    sites: sites.map(({ attachment, network }) => ({
      network: network.name,
      interface: attachment.interface,
    })),
  };
  note(store, id, noted);
  const results: CniResult[] = [];
  for (const [index, { network, attachment }] of sites.entries()) {
    const capabilities = asked[index]!;
    const result = await addAttachment(network, {
      containerId: containerIdOf(store, id),
      ifName: attachment.interface,
      netns: netnsPath(pid),
      args: [["IgnoreUnknown", "1"], ["RKL_CONTAINER", name]],
      capabilities,
    }, places);
    results.push(result);
    const { portMappings = [] } = capabilities;
    if (portMappings.length === 0) continue;
    const ports = publicationsOf(portMappings, addressesOf(result));
    note(store, id, { ...noted, ports });
  }
  return results;
}

/**
 * Takes a container that has ended off its networks. What fails is told, and
 * can be tried again.
 *
 * @param netns Its network namespace; "" when that is gone.
 * @param insist Whether to try again what has failed.
 */
export async function takeOffNetworks(
  store: Store,
  id: ContainerId,
  netns: string,
  { warn, insist }: { warn: Warn; insist: boolean },
): Promise<void> {
  const noted = readNoted(store, id);
  if (!noted || (noted.failed && !insist)) return;
  const places = placesOf(store, noted.plugins);
  let failed = false;
  for (const site of noted.sites.toReversed()) {
    try {
      await deleteAttachment(keyOf(store, id, site), netns, places);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failed = true;
      warn(
        `container "${nameOf(store, id)}" could not be taken off network ` +
          `"${site.network}": ${error.message}; "rkl network prune" tries again`,
      );
    }
  }
  if (failed) note(store, id, { ...noted, failed });
  else Deno.removeSync(cniFile(store, id));
}

/**
 * Removes what is left on a network of containers that are no more, and lets
 * its plugins collect garbage. Returns what failed.
 *
 * @throws {MissingPluginError | NoCommonVersionError | PluginError}
 */
export async function pruneCniNetwork(
  store: Store,
  network: ConfiguredNetwork,
): Promise<Error[]> {
  const isOver = (entry: Entry) => {
    const id = ownerOf(store, entry);
    if (id === undefined) return false; // another runtime's
    const noted = readNoted(store, id);
    return !noted || noted.failed ||
      !noted.sites.some((site) =>
        site.network === entry.networkName && site.interface === entry.ifName
      );
  };
  return await collectGarbage(network, isOver, placesOf(store));
}

/** The containers of this store on a network, by their names. */
export function containersOfCni(
  store: Store,
  network: string,
): Record<string, SiteDetails> {
  return Object.fromEntries(
    listEntries(cacheOf(store)).flatMap((entry) => {
      const owner = ownerOf(store, entry);
      return owner !== undefined && entry.networkName === network
        ? [[nameOf(store, owner), describeEntry(entry)]]
        : [];
    }),
  );
}

/** The networks of CNI that a container is on, by their names. */
export function cniNetworksOf(
  store: Store,
  id: ContainerId,
): Record<string, AttachmentDetails> {
  return Object.fromEntries(
    readNoted(store, id)?.sites.flatMap((site) => {
      const entry = findEntry(cacheOf(store), keyOf(store, id, site));
      return entry ? [[site.network, describeEntry(entry)]] : [];
    }) ?? [],
  );
}

function describeEntry(entry: Entry): AttachmentDetails {
  const { ifName } = entry;
  const result = resultOf(entry);
  const link = result?.interfaces.find(({ name, sandbox }) =>
    name === ifName && sandbox
  );
  return {
    addresses: result ? addressesOf(result).map(formatAddress) : [],
    ...(link?.mac !== undefined && { mac: link.mac }),
    interface: ifName,
    gateways:
      result?.ips.flatMap(({ gateway }) =>
        gateway ? [formatAddress(gateway)] : []
      ) ?? [],
  };
}

/**
 * Where plugins and results are.
 *
 * @param noted Where plugins were when the container was added.
 */
export function placesOf(
  { dataRoot, cni }: Store,
  noted: readonly string[] = [],
): CniPlaces {
  const directories = cni?.plugins ?? DEFAULT_PLUGIN_DIRECTORIES;
  return {
    directories: [...new Set([...directories, ...noted])],
    timeout: PLUGIN_TIMEOUT,
    cacheDirectory: cacheOf({ dataRoot }),
  };
}

/** Where other runtimes look too, unless rkl's data is elsewhere. */
function cacheOf({ dataRoot }: Pick<Store, "dataRoot">): string {
  return dataRoot === DEFAULT_STORE.dataRoot
    ? DEFAULT_CACHE_DIRECTORY
    : `${dataRoot}/cni`;
}

/** Plugins know a container by this: stores that share a host differ in it. */
function containerIdOf(store: Store, id: ContainerId): string {
  return `${idPrefix(store)}${id}`;
}

function idPrefix({ dataRoot }: Store): string {
  return `rkl${fnv1a(dataRoot)}-`;
}

/** The container of this store that an entry is of. */
export function ownerOf(
  store: Store,
  { containerId }: Entry,
): ContainerId | undefined {
  const prefix = idPrefix(store);
  return containerId.startsWith(prefix)
    ? containerId.slice(prefix.length) as ContainerId
    : undefined;
}

function keyOf(
  store: Store,
  id: ContainerId,
  site: Noted["sites"][number],
): EntryKey {
  return {
    networkName: site.network,
    containerId: containerIdOf(store, id),
    ifName: site.interface,
  };
}

function note(store: Store, id: ContainerId, noted: Noted): void {
  replaceFile(cniFile(store, id), JSON.stringify(noted));
}

function readNoted(store: Store, id: ContainerId): Noted | undefined {
  return tryReadJson(cniFile(store, id));
}
