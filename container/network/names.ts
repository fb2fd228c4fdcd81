/**
 * The files a container finds names with: /etc/hosts, /etc/hostname and
 * /etc/resolv.conf, as docker has them. They lie in the container's directory
 * and are mounted. Who shares another's network has its files, by hard links.
 *
 *     DATA/containers/ID/hosts, hostname, resolv.conf
 *
 * @module
 */
import { type Address, parseAddress } from "../../net/address.ts";
import {
  HOST_PATHS,
  type NamesFiles,
  namesFiles,
} from "../../net/names/files.ts";
import {
  type AddedHost,
  HOST_GATEWAY,
  LOOPBACK_HOSTS,
  updateHosts,
} from "../../net/names/hosts.ts";
import { formatHostname } from "../../net/names/hostname.ts";
import type { Config, Mount } from "../../runtime/spec.ts";
import type { Store } from "../../runtime/store.ts";
import { exists, overwriteFile, tryReadText } from "../../sys/entry.ts";
import { open, read } from "../../sys/fd.ts";
import { isWritable, mountTarget } from "../mount/target.ts";
import type { ContainerId } from "../id.ts";
import type { HostAlias } from "./name_fields.ts";
import type { NetworkMode } from "./mode.ts";
import { type Container, containerDirectory } from "../store.ts";

/** A network's part in a container's names. */
export interface NamesSite {
  /** The container's addresses there. */
  readonly addresses: readonly Address[];
  /** The host's addresses there. */
  readonly hosts: readonly Address[];
  /** What its resolver is told there, unless the user says something else. */
  readonly resolver?: {
    readonly nameservers: readonly Address[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
}

/** By their names in the container's directory: where each is mounted. */
const FILES = [
  ["hosts", "hosts", "/etc/hosts"],
  ["hostname", "hostname", "/etc/hostname"],
  ["resolv.conf", "resolvConf", "/etc/resolv.conf"],
] as const;

/**
 * Writes the files into the container's directory, and mounts them where the
 * configuration has nothing else.
 *
 * @param sites The networks it is on.
 * @throws {HostFileError | NoGatewayError | InvalidNameError}
 */
export function withNames(
  store: Store,
  container: Container,
  sites: readonly NamesSite[],
): { config: Config; warnings: readonly string[] } {
  const { id, config } = container;
  const directory = containerDirectory(store, id);
  const added = { ...config, mounts: namesMounts(directory, container) };
  const mode = modeOf(container);
  if (mode.kind === "container") {
    const other = containerDirectory(store, mode.name as ContainerId);
    shareFiles(other, directory);
    return { config: added, warnings: [] };
  }
  const { warnings, ...texts } = mode.kind === "none"
    ? lonelyTexts(container)
    : textsOf(container, sites);
  for (const [file, text] of FILES) {
    overwriteFile(`${directory}/${file}`, texts[text]);
  }
  return { config: added, warnings };
}

/** Where nothing was said, a bundle has its own idea. */
function modeOf(
  { network, config }: Container,
): Exclude<NetworkMode, { kind: "namespace" }> | { kind: "namespace" } {
  if (network) return network;
  const own = config.linux.namespaces.some(({ type }) => type === "network");
  return { kind: own ? "namespace" : "host" };
}

/**
 * The texts of a container that can ask nobody. What is not said is copied: to
 * find name servers within reach would take 2 ms, for nothing.
 */
function lonelyTexts(container: Container): NamesFiles {
  const { config, hostAliases, dnsConfig } = container;
  const said = [hostAliases, ...Object.values(dnsConfig)].flat();
  if (said.length > 0) return { ...textsOf(container, []), warnings: [] };
  return {
    hosts: LOOPBACK_HOSTS,
    hostname: formatHostname(hostnameOf(config)),
    resolvConf: tryReadText(HOST_PATHS.resolvConf) ?? "",
    warnings: [],
  };
}

/** Without a UTS namespace of its own it has the host's. */
function hostnameOf({ hostname = Deno.hostname() }: Config): string {
  return hostname;
}

/**
 * Brings the files of a living container up to date after it has joined or left
 * a network. What it, or its user, wrote into them stays.
 */
export function updateNames(
  store: Store,
  container: Container,
  before: readonly NamesSite[],
  after: readonly NamesSite[],
): void {
  const directory = containerDirectory(store, container.id);
  const [old, now] = [before, after].map((sites) => textsOf(container, sites));
  const hosts = `${directory}/hosts`;
  const text = readFile(hosts) ?? old!.hosts;
  overwriteFile(hosts, updateHosts(text, old!.hosts, now!.hosts));
  const resolvConf = `${directory}/resolv.conf`;
  const isOurs = readFile(resolvConf) === old!.resolvConf;
  if (isOurs) overwriteFile(resolvConf, now!.resolvConf);
}

/**
 * A file that the container may write to, and make large while it is read;
 * undefined for what is no file of names.
 */
function readFile(path: string): string | undefined {
  const MOST = 1 << 20;
  using file = open(path);
  const bytes = new Uint8Array(MOST + 1);
  let length = 0;
  for (let count; (count = read(file.number, bytes.subarray(length)));) {
    length += count;
  }
  if (length > MOST) return undefined;
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/**
 * Has a container ask whom it would ask without the daemon, which answers on
 * the bridges of its networks.
 */
export function askOthers(
  store: Store,
  container: Container,
  sites: readonly NamesSite[],
): void {
  const { resolvConf } = textsOf(container, sites, { server: undefined });
  const directory = containerDirectory(store, container.id);
  overwriteFile(`${directory}/resolv.conf`, resolvConf);
}

/**
 * @param server Whom it asks: the daemon, on the bridge of its first network of
 * rkl's own; others say themselves whom to ask.
 */
function textsOf(
  container: Container,
  sites: readonly NamesSite[],
  { server }: { server: Address | undefined } = {
    server: sites.find(({ resolver }) => !resolver)?.hosts[0],
  },
): NamesFiles {
  const { config, hostAliases, dnsConfig } = container;
  const { kind } = modeOf(container);
  const addresses = sites.flatMap(({ addresses }) => addresses);
  const gateways = sites.flatMap(({ hosts }) => hosts);
  // Of networks one may come: with it comes what stands for it.
  const isKnown = ({ ip }: HostAlias) =>
    ip !== HOST_GATEWAY || kind !== "networks" || gateways.length > 0;
  const resolvers = sites.flatMap(({ resolver }) => resolver ?? []);
  const said = <T>(own: readonly T[], told: readonly T[]) =>
    own.length > 0 ? own : told;
  return namesFiles({
    hostname: hostnameOf(config),
    ...(config.domainname !== undefined && { domainname: config.domainname }),
    addresses,
    gateways,
    addHosts: hostAliases.filter(isKnown).flatMap(addedHosts),
    dns: said(
      dnsConfig.nameservers.map(parseAddress),
      resolvers.flatMap(({ nameservers }) => nameservers),
    ),
    dnsSearch: said(
      dnsConfig.searches,
      resolvers.flatMap(({ searches }) => searches),
    ),
    dnsOptions: said(
      dnsConfig.options,
      resolvers.flatMap(({ options }) => options),
    ),
    ...(server && { server }),
    hostNetwork: kind === "host",
    // Of a namespace that is another's nothing is known.
    ipv6: kind === "namespace" ||
      addresses.some(({ family }) => family === 6),
  });
}

function addedHosts({ ip, hostnames }: HostAlias): AddedHost[] {
  const address = ip === HOST_GATEWAY ? ip : parseAddress(ip);
  return hostnames.map((name) => ({ name, address }));
}

function shareFiles(from: string, to: string): void {
  for (const [file] of FILES) {
    const [source, path] = [`${from}/${file}`, `${to}/${file}`];
    if (exists(path)) Deno.removeSync(path);
    Deno.linkSync(source, path);
  }
}

/** The configuration's mounts and those of the files, which yield to them. */
function namesMounts(
  directory: string,
  { config, overlay }: Container,
): Mount[] {
  const writable = overlay || isWritable(config.root.path);
  const own = FILES.flatMap(([file, , path]): Mount[] => {
    const destination = mountTarget(config, path, writable);
    if (destination === undefined) return [];
    const access = config.root.readonly ? ["ro"] : [];
    return [{
      destination,
      type: "none",
      source: `${directory}/${file}`,
      options: ["rbind", "rprivate", ...access],
    }];
  });
  return [...config.mounts, ...own];
}
