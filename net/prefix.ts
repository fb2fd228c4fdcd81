/**
 * Prefixes, as CIDR writes them: `10.88.0.0/16`, `fd00::/64`.
 *
 * @module
 */
import {
  type Address,
  bitsOf,
  type Family,
  formatAddress,
  InvalidAddressError,
  parseAddress,
} from "./address.ts";

/**
 * An address with how many of its bits name the network. The others may be
 * set, as an interface has it (`10.88.0.1/16`); {@linkcode networkOf} clears
 * them.
 */
export interface Prefix {
  /** Any of its addresses. */
  readonly address: Address;
  /** 0 to 32, or to 128. */
  readonly length: number;
}

/**
 * Reads an address with its prefix length, `10.88.0.1/16`.
 *
 * @throws {InvalidAddressError}
 */
export function parsePrefix(text: string): Prefix {
  const slash = text.indexOf("/");
  const wanted = "address with a prefix length";
  if (slash === -1) {
    throw new InvalidAddressError(
      text,
      wanted,
      'a length has to follow, such as "/24"',
    );
  }
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  const most = bitsOf(address.family);
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > most) {
    throw new InvalidAddressError(
      text,
      wanted,
      `${JSON.stringify(length)} is no length from 0 to ${most}`,
    );
  }
  return { address, length: Number(length) };
}

/**
 * Reads the prefix of a network, `10.88.0.0/16`: no bit beyond it may be set.
 *
 * @throws {InvalidAddressError} that names the prefix it lies in
 */
export function parseNetwork(text: string): Prefix {
  const prefix = parsePrefix(text);
  const network = networkOf(prefix);
  if (network.address.value === prefix.address.value) return prefix;
  throw new InvalidAddressError(
    text,
    "network",
    `it is an address in the network ${formatPrefix(network)}`,
  );
}

/**
 * Reads an address, or the prefix of a network.
 *
 * @throws {InvalidAddressError}
 */
export function parseSource(text: string): Prefix {
  return text.includes("/")
    ? parseNetwork(text)
    : hostPrefix(parseAddress(text));
}

/** The text {@linkcode parsePrefix} reads. */
export function formatPrefix({ address, length }: Prefix): string {
  return `${formatAddress(address)}/${length}`;
}

/** The prefix that holds just one address. */
export function hostPrefix(address: Address): Prefix {
  return { address, length: bitsOf(address.family) };
}

/** The same prefix with the bits beyond it cleared. */
export function networkOf(prefix: Prefix): Prefix {
  return { address: firstAddress(prefix), length: prefix.length };
}

/** How many addresses are in it, the network's own and broadcast included. */
export function countAddresses({ address, length }: Prefix): bigint {
  return 1n << BigInt(bitsOf(address.family) - length);
}

/** The first address; the network's own. */
export function firstAddress(prefix: Prefix): Address {
  const { family, value } = prefix.address;
  return { family, value: value & ~(countAddresses(prefix) - 1n) };
}

/** The last address; in IPv4 the broadcast one, if there are more than two. */
export function lastAddress(prefix: Prefix): Address {
  const { family, value } = prefix.address;
  return { family, value: value | (countAddresses(prefix) - 1n) };
}

/**
 * The address `n` after the first, or, if negative, before the end: -1 is the
 * last.
 *
 * @throws {RangeError} when there are not so many
 */
export function nthAddress(prefix: Prefix, n: bigint): Address {
  const count = countAddresses(prefix);
  const index = n < 0n ? n + count : n;
  if (index < 0n || index >= count) {
    throw new RangeError(
      `${formatPrefix(prefix)} has ${count} addresses and none with index ${n}`,
    );
  }
  const { family, value } = firstAddress(prefix);
  return { family, value: value + index };
}

/** Whether an address lies in it. */
export function containsAddress(prefix: Prefix, address: Address): boolean {
  if (prefix.address.family !== address.family) return false;
  const { value } = address;
  return value >= firstAddress(prefix).value &&
    value <= lastAddress(prefix).value;
}

/** Whether all of `inner` lies in `outer`. */
export function containsPrefix(outer: Prefix, inner: Prefix): boolean {
  return inner.length >= outer.length && containsAddress(outer, inner.address);
}

/** Whether they have an address in common. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return containsPrefix(a, b) || containsPrefix(b, a);
}

/**
 * The addresses of an IPv4 network that no host may have: its own and the
 * broadcast one. RFC 3021 gives both to hosts where there are just two. In
 * IPv6 the first belongs to every router (RFC 4291, section 2.6.1).
 */
export function unusableAddresses(prefix: Prefix): Address[] {
  const family: Family = prefix.address.family;
  if (bitsOf(family) - prefix.length < 2) return [];
  const first = firstAddress(prefix);
  return family === 4 ? [first, lastAddress(prefix)] : [first];
}
