/**
 * A container's /etc/hosts (hosts(5)), in docker's order: the loopback names,
 * what the user adds, the container's own addresses.
 *
 * With the host's network docker copies the host's file, but leaves it out
 * altogether when the user adds a name, because all lines with a name count and
 * an added one should win. Here just the names that are added again are taken
 * out of the copy, and the new lines follow it.
 *
 * @module
 */
import {
  type Address,
  formatAddress,
  InvalidAddressError,
  parseAddress,
} from "../address.ts";
import { namesOf } from "./hostname.ts";
import { checkName, InvalidNameError, LONGEST_DOMAIN } from "./name.ts";

/** Stands for the address of the host, as seen on the container's network. */
export const HOST_GATEWAY = "host-gateway";

/** A name that the user adds. */
export interface AddedHost {
  /** What is looked up. */
  readonly name: string;
  /** What is found. */
  readonly address: Address | typeof HOST_GATEWAY;
}

/** What decides over /etc/hosts. */
export interface HostsRequest {
  /** The container's name for itself. */
  readonly hostname: string;
  /** The domain the host name is in, unless it says so itself. */
  readonly domainname?: string;
  /** The container's own addresses, one line each. */
  readonly addresses: readonly Address[];
  /** Those of the host on the container's network: its gateway's. */
  readonly gateways: readonly Address[];
  /** Names that the user adds. */
  readonly addHosts: readonly AddedHost[];
  /** Whether the container has the network of the host. */
  readonly hostNetwork: boolean;
}

/** There is no address for {@linkcode HOST_GATEWAY} to stand for. */
export class NoGatewayError extends Error {
  /** Tells it from other errors. */
  override readonly name = "NoGatewayError";

  /** Says why, and what to write instead. */
  constructor(
    /** The name that was to be added. */
    readonly host: string,
    /** Why there is none, and what would be right. */
    readonly reason: string,
  ) {
    super(`cannot add "${host}:${HOST_GATEWAY}" to /etc/hosts: ${reason}`);
  }
}

/**
 * The lines every container has. The loopback names of IPv6 are there on every
 * network: a new network namespace has `::1`.
 */
export const LOOPBACK_HOSTS = "127.0.0.1\tlocalhost\n" +
  "::1\tlocalhost ip6-localhost ip6-loopback\n" +
  "fe00::\tip6-localnet\n" +
  "ff00::\tip6-mcastprefix\n" +
  "ff02::1\tip6-allnodes\n" +
  "ff02::2\tip6-allrouters\n";

/** What an added name looks like, to end an error with. */
const FORM = "expected NAME:ADDRESS, such as db:10.88.0.2, db:[fd00::2] or " +
  `db:${HOST_GATEWAY}`;

/**
 * Reads `name:address` or `name=address`; the address may be in brackets, and
 * may be `host-gateway`.
 *
 * @throws {InvalidNameError}
 */
export function parseAddedHost(text: string): AddedHost {
  const fail = (problem: string): never => {
    throw new InvalidNameError(text, "entry for /etc/hosts", problem);
  };
  const separator = text.includes("=") ? "=" : ":";
  const at = text.indexOf(separator);
  if (at === -1) return fail(FORM);
  const name = text.slice(0, at);
  const value = text.slice(at + 1);
  try {
    parseHost(name);
    if (value === HOST_GATEWAY) return { name, address: HOST_GATEWAY };
    const [, inner = value] = /^\[(.*)\]$/s.exec(value) ?? [];
    return { name, address: parseAddress(inner) };
  } catch (error) {
    if (
      error instanceof InvalidAddressError || error instanceof InvalidNameError
    ) return fail(`${error.message}; ${FORM}`);
    throw error;
  }
}

/**
 * Reads a name for /etc/hosts.
 *
 * @throws {InvalidNameError}
 */
export function parseHost(name: string): string {
  checkName(name, {
    wanted: "host name",
    longest: LONGEST_DOMAIN,
    underscore: true,
  });
  return name;
}

/** The text {@linkcode parseAddedHost} reads. */
export function formatAddedHost({ name, address }: AddedHost): string {
  if (address === HOST_GATEWAY) return `${name}:${address}`;
  const text = formatAddress(address);
  return address.family === 6 ? `${name}:[${text}]` : `${name}:${text}`;
}

/**
 * The text of /etc/hosts.
 *
 * @param hostText The host's file; read with the host's network only.
 * @throws {NoGatewayError}
 * @throws {InvalidNameError} for a host name that would break the file
 */
export function formatHosts(request: HostsRequest, hostText = ""): string {
  const { hostname, domainname, addresses, addHosts, hostNetwork } = request;
  const added = addHosts.flatMap((host) =>
    resolve(host, request).map((address) => line(address, [host.name]))
  );
  const names = namesOf(hostname, domainname);
  const base = hostNetwork && hostText !== ""
    ? withoutNames(hostText, addHosts.map(({ name }) => name))
    : [LOOPBACK_HOSTS];
  return [
    ...base,
    ...added,
    ...addresses.map((address) => line(address, names)),
  ].join("");
}

/**
 * A file as it is now, with the lines that have come and without those that
 * have gone since it was written: whatever else was made of it stays.
 */
export function updateHosts(
  text: string,
  before: string,
  after: string,
): string {
  const [old, now] = [before, after].map(linesOf);
  const gone = new Set(old!.filter((line) => !now!.includes(line)));
  const kept = linesOf(text).filter((line) => !gone.has(line));
  const come = now!.filter((line) =>
    !old!.includes(line) && !kept.includes(line)
  );
  return [...kept, ...come].map((line) => `${line}\n`).join("");
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function resolve(
  { name, address }: AddedHost,
  { gateways, hostNetwork }: HostsRequest,
): readonly Address[] {
  if (address !== HOST_GATEWAY) return [address];
  if (gateways.length > 0) return gateways;
  throw new NoGatewayError(
    name,
    hostNetwork
      ? "the container has the network of the host, which is 127.0.0.1 " +
        `there; write ${name}:127.0.0.1`
      : "the container's network has no gateway, as one that is internal; " +
        "write an address, or choose a network with a gateway",
  );
}

function line(address: Address, names: readonly string[]): string {
  return `${formatAddress(address)}\t${names.join(" ")}\n`;
}

/** The lines of a file; those that have one of the names lose it. */
function withoutNames(text: string, names: readonly string[]): string[] {
  const gone = new Set(names.map((name) => name.toLowerCase()));
  return linesOf(text).flatMap((line) => {
    const [address = "", ...others] = line.split("#")[0]!.trim().split(/\s+/);
    const kept = others.filter((name) => !gone.has(name.toLowerCase()));
    if (kept.length === others.length) return [`${line}\n`];
    return kept.length > 0 ? [`${address}\t${kept.join(" ")}\n`] : [];
  });
}
