/**
 * The names of a network: whom they mean, and who has an address.
 *
 * @module
 */
import { type Address, formatAddress } from "../address.ts";
import { containsAddress, type Prefix } from "../prefix.ts";
import { LONGEST_DOMAIN } from "../names/name.ts";
import { parseReverseName } from "./reverse.ts";

/** Names and addresses. Names are compared without regard to case. */
export interface NameTable {
  /**
   * The addresses behind a name in lower case; several containers may share an
   * alias.
   */
  readonly addresses: ReadonlyMap<string, readonly Address[]>;
  /** The names of an address, as `formatAddress()` writes it. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

/** A network as those on it see it. */
export interface Zone {
  readonly table: NameTable;
  /** Nobody outside knows of addresses in here. */
  readonly subnets?: readonly Prefix[];
  /**
   * Each name is found below this one too, such as `dns.podman`, and nobody
   * outside knows these. In lower case, without a dot at either end.
   */
  readonly domain?: string;
}

/** Whom a name in lower case means, by itself or below the domain. */
export function findAddresses(
  { table: { addresses }, domain }: Zone,
  name: string,
): readonly Address[] | undefined {
  const found = addresses.get(name);
  if (found || domain === undefined || !name.endsWith(`.${domain}`)) {
    return found;
  }
  return addresses.get(name.slice(0, -domain.length - 1));
}

/** Whose address a reverse name in lower case is. */
export function findNames(
  { table: { names } }: Zone,
  name: string,
): readonly string[] | undefined {
  const address = parseReverseName(name);
  return address && names.get(formatAddress(address))?.filter(isCarried);
}

/** Whether a name that is not in the table is in nobody else's either. */
export function isOwn({ domain, subnets = [] }: Zone, name: string): boolean {
  if (domain !== undefined && name.endsWith(`.${domain}`)) return true;
  const address = parseReverseName(name);
  return address !== undefined &&
    subnets.some((subnet) => containsAddress(subnet, address));
}

/**
 * Whether DNS can carry a name, of parts of 63 characters at most (RFC 1035,
 * section 2.3.4). A container may be called by more.
 */
function isCarried(name: string): boolean {
  return name.length <= LONGEST_DOMAIN &&
    name.split(".").every((label) => /^[!-~]{1,63}$/.test(label));
}
