/**
 * What a container's resolver is told, from what the host's is told and what
 * the user wants. Docker's rules, but for the exceptions named here:
 *
 * - What the user gives replaces what the host has: all name servers, all search
 *   domains (`.` alone: none), all options. Lines of another kind are kept.
 * - With the host's network nothing else changes.
 * - A DNS server of the network's own replaces all name servers, and names
 *   without a dot are tried as they are first (`ndots:0`) unless options say
 *   otherwise. Whom it asks in turn is its own affair.
 * - Of the host's name servers those stay that a container reaches: not
 *   loopback, and IPv6 only if the network has it. Docker keeps link-local
 *   ones; they are left out here, since their zone is a link of the host's and
 *   nothing forwards to them, and so are 0.0.0.0 and ::, which mean the machine
 *   itself.
 * - When none stays, those of a public resolver are used. A container whose
 *   names do not resolve would be the alternative, and images are built on
 *   docker's choice; but it sends questions to a third party, so it is told.
 *   No more than three, IPv6 second: docker gives four, of which resolvers ask
 *   three.
 *
 * @module
 */
import {
  type Address,
  type Family,
  formatAddress,
  parseAddress,
} from "../address.ts";
import { checkName, InvalidNameError, LONGEST_DOMAIN } from "./name.ts";
import { containsAddress, parseNetwork } from "../prefix.ts";
import {
  formatNameServer,
  formatResolvConf,
  type NameServer,
  parseResolvConf,
  type ReadResolvConf,
  type ResolvConf,
} from "./resolv_conf.ts";

/** What decides over /etc/resolv.conf. */
export interface ResolverRequest {
  /** Name servers instead of the host's. */
  readonly dns: readonly Address[];
  /** Search domains instead of the host's; `.` for none. */
  readonly dnsSearch: readonly string[];
  /** Options instead of the host's. */
  readonly dnsOptions: readonly string[];
  /** Whether the container has the network of the host. */
  readonly hostNetwork: boolean;
  /** Whether the container's network has IPv6. */
  readonly ipv6: boolean;
  /** The DNS server of the container's network, the only one to be asked. */
  readonly server?: Address;
}

/** A file, and what the user should know about it. */
export interface DerivedResolvConf {
  /** The text of /etc/resolv.conf. */
  readonly text: string;
  /** Sentences without a full stop. */
  readonly warnings: readonly string[];
}

/** Where systemd-resolved listens on the host, for the host alone. */
const SYSTEMD_STUB = "127.0.0.53";

const FALLBACK = {
  4: ["8.8.8.8", "8.8.4.4"],
  6: ["8.8.8.8", "2001:4860:4860::8888", "8.8.4.4"],
} as const;

/** Where a container cannot send a question to, and have the host answer. */
const OUT_OF_REACH: Readonly<Record<Family, readonly string[]>> = {
  4: ["127.0.0.0/8", "0.0.0.0/32"],
  6: [
    "::1/128",
    "::/128",
    "::ffff:127.0.0.0/104",
    "::ffff:0.0.0.0/128",
    "fe80::/10",
  ],
};

/** From resolv.conf(5) and resolv.h: what resolvers make of more. */
const MOST_SERVERS = 3;
const MOST_DOMAINS = { count: 6, characters: 256 };
const MOST_OF_OPTION = new Map([
  ["ndots", 15],
  ["timeout", 30],
  ["attempts", 5],
]);

/**
 * Reads a domain to search in; `.` is the root. A dot at the end is dropped.
 *
 * @throws {InvalidNameError}
 */
export function parseSearchDomain(text: string): string {
  if (text === ".") return text;
  const domain = text.replace(/\.$/, "");
  checkName(domain, {
    wanted: "search domain",
    longest: LONGEST_DOMAIN,
    underscore: true,
  });
  return domain;
}

/**
 * Reads an option: a name, and maybe a value after a colon. Names are not
 * checked, as resolvers learn new ones and pass over others.
 *
 * @throws {InvalidNameError}
 */
export function parseResolverOption(text: string): string {
  const fail = (problem: string): never => {
    throw new InvalidNameError(text, "resolver option", problem);
  };
  const [, name = "", value] = /^([a-z][a-z0-9-]*)(?::([!-~]+))?$/.exec(text) ??
    fail("expected NAME or NAME:VALUE without blanks, such as ndots:2");
  if (!MOST_OF_OPTION.has(name)) return text;
  if (value === undefined || !/^\d{1,9}$/.test(value)) {
    fail(`"${name}" needs a number, such as ${name}:2`);
  }
  return text;
}

/**
 * Whether a file names systemd-resolved's stub as the only server. What that
 * one asks in turn is in a file of its own.
 */
export function isSystemdStub(text: string): boolean {
  const { nameServers } = parseResolvConf(text);
  const [first] = nameServers;
  return nameServers.length === 1 &&
    formatAddress(first!.address) === SYSTEMD_STUB;
}

/**
 * The container's file, from the host's.
 *
 * @param hostText The host's file; empty if it has none.
 */
export function deriveResolvConf(
  request: ResolverRequest,
  hostText: string,
): DerivedResolvConf {
  const { dns, dnsSearch, dnsOptions, hostNetwork, server } = request;
  const isChanged = dns.length + dnsSearch.length + dnsOptions.length > 0 ||
    server !== undefined;
  if (hostNetwork && !isChanged) return { text: hostText, warnings: [] };
  const host = parseResolvConf(hostText);
  const { nameServers, warnings } = chooseServers(request, host);
  const options = dnsOptions.length > 0 ? dnsOptions : host.options;
  const conf: ResolvConf = {
    nameServers,
    search: dnsSearch.length > 0
      ? dnsSearch.filter((domain) => domain !== ".")
      : host.search,
    options: server ? withNdots(options) : options,
    others: host.others,
  };
  return {
    text: formatResolvConf(conf),
    warnings: [...warnings, ...findExcess(conf)],
  };
}

function chooseServers(
  { dns, hostNetwork, ipv6, server }: ResolverRequest,
  host: ReadResolvConf,
): { nameServers: readonly NameServer[]; warnings: string[] } {
  if (server) return { nameServers: [{ address: server }], warnings: [] };
  if (dns.length > 0) {
    const warnings = dns
      .filter(({ family }) => family === 6 && !ipv6 && !hostNetwork)
      .map((address) =>
        `the name server ${formatAddress(address)} cannot be reached: the ` +
        "container's network has no IPv6"
      );
    return { nameServers: dns.map((address) => ({ address })), warnings };
  }
  const warnings = host.unreadable.map((text) =>
    `the host's resolv.conf has ${JSON.stringify(text)} for a name server, ` +
    "which is no address and left out"
  );
  if (hostNetwork) return { nameServers: host.nameServers, warnings };
  const nameServers = host.nameServers.filter(({ address }) =>
    isReachable(address, ipv6)
  );
  if (nameServers.length > 0) return { nameServers, warnings };
  const fallback = FALLBACK[ipv6 ? 6 : 4].map(parseAddress);
  return {
    nameServers: fallback.map((address) => ({ address })),
    warnings: [...warnings, describeFallback(host.nameServers, fallback)],
  };
}

function isReachable(address: Address, ipv6: boolean): boolean {
  const { family } = address;
  return (family === 4 || ipv6) &&
    !OUT_OF_REACH[family].some((prefix) =>
      containsAddress(parseNetwork(prefix), address)
    );
}

function describeFallback(
  servers: readonly NameServer[],
  fallback: readonly Address[],
): string {
  const why = servers.length > 0
    ? "the container cannot reach the host's name servers " +
      `(${servers.map(formatNameServer).join(", ")})`
    : "the host names no name servers";
  const instead = fallback.map(formatAddress).join(", ");
  return `${why} and asks public ones (${instead}) instead; name others ` +
    "with --dns";
}

/** Numbers that mean nothing make room for the one the server needs. */
function withNdots(options: readonly string[]): readonly string[] {
  const kept = options.filter((option) =>
    !/^ndots(:|$)/.test(option) || /^ndots:\d+$/.test(option)
  );
  return kept.some((option) => option.startsWith("ndots:"))
    ? kept
    : [...kept, "ndots:0"];
}

/** What resolvers leave out of a file without saying so. */
function findExcess({ nameServers, search, options }: ResolvConf): string[] {
  const warnings: string[] = [];
  if (nameServers.length > MOST_SERVERS) {
    warnings.push(
      `of ${nameServers.length} name servers resolvers ask the first ` +
        MOST_SERVERS,
    );
  }
  const { length } = search.join(" ");
  const { count, characters } = MOST_DOMAINS;
  if (search.length > count || length > characters) {
    warnings.push(
      `some resolvers search in no more than ${count} domains of ` +
        `${characters} characters, and here are ${search.length} of ${length}`,
    );
  }
  for (const option of options) {
    const [name = "", value] = option.split(":");
    const most = MOST_OF_OPTION.get(name);
    if (most !== undefined && Number(value) > most) {
      warnings.push(`resolvers take ${option} for ${name}:${most}`);
    }
  }
  return warnings;
}
