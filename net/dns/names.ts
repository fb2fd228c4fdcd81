/**
 * The names of a network: whom they mean, and who has an address.
 *
 * @module
 */
import {
  type Address,
  type Family,
  formatAddress,
  sameAddress,
} from "../address.ts";
import { containsAddress, type Prefix } from "../prefix.ts";
import { LONGEST_DOMAIN } from "../names/name.ts";
import { parseReverseName, reverseName } from "./reverse.ts";

/** A name, and whose it is: several containers may share an alias. */
export interface NameEntry {
  readonly name: string;
  readonly addresses: readonly Address[];
}

/** The addresses of one name by IP version, as text. */
export type Addresses = { readonly [family in Family]: readonly string[] };

/**
 * The names of a network, ready to be looked up. Make it once and keep it: the
 * turns that containers of one name take are remembered along with it.
 */
export interface NameTable {
  /** By name, in lower case. */
  readonly addresses: ReadonlyMap<string, Addresses>;
  /** The names of an address, by its reverse name. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Nobody outside knows of addresses in here. */
  readonly subnets: readonly Prefix[];
  /** Each name is found below this one too, and nobody outside knows these. */
  readonly domain: string | undefined;
}

/** What a table is made of. */
export interface NameTableRequest {
  /** Of an address, the first name is its own, and others follow. */
  readonly entries: Iterable<NameEntry>;
  /** The subnets of the network. */
  readonly subnets?: readonly Prefix[];
  /** Such as `dns.podman`. */
  readonly domain?: string;
}

/**
 * Makes a table. Names that DNS cannot carry are left out: containers may be
 * called by more than the 63 characters it has for a part of a name.
 */
export function makeNameTable(
  { entries, subnets = [], domain }: NameTableRequest,
): NameTable {
  const byName = new Map<string, Address[]>();
  const names = new Map<string, string[]>();
  for (const entry of entries) {
    const name = entry.name.replace(/\.$/, "");
    if (!isCarried(name)) continue;
    const known = getOrMake(byName, name.toLowerCase());
    for (const address of entry.addresses) {
      if (known.some((other) => sameAddress(other, address))) continue;
      known.push(address);
      getOrMake(names, reverseName(address)).push(name);
    }
  }
  const addresses = new Map(
    Array.from(byName, ([name, list]) => [name, {
      4: list.filter(({ family }) => family === 4).map(formatAddress),
      6: list.filter(({ family }) => family === 6).map(formatAddress),
    }]),
  );
  const own = domain?.replace(/^\.|\.$/g, "").toLowerCase() || undefined;
  return { addresses, names, subnets, domain: own };
}

/** Whom a name in lower case means, by itself or below the domain. */
export function findAddresses(
  { addresses, domain }: NameTable,
  name: string,
): Addresses | undefined {
  const found = addresses.get(name);
  if (found || domain === undefined || !name.endsWith(`.${domain}`)) {
    return found;
  }
  return addresses.get(name.slice(0, -domain.length - 1));
}

/** Whether a name that is not in the table is in nobody else's either. */
export function isOwn({ domain, subnets }: NameTable, name: string): boolean {
  if (domain !== undefined && name.endsWith(`.${domain}`)) return true;
  const address = parseReverseName(name);
  return address !== undefined &&
    subnets.some((subnet) => containsAddress(subnet, address));
}

/** RFC 1035, section 2.3.4, and no character that text would not keep. */
function isCarried(name: string): boolean {
  return name.length <= LONGEST_DOMAIN &&
    name.split(".").every((label) => /^[!-~]{1,63}$/.test(label));
}

function getOrMake<K, V>(map: Map<K, V[]>, key: K): V[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
