/**
 * Finding a network that nobody uses.
 *
 * @module
 */
import { addressFromBytes, type Family } from "./address.ts";
import {
  containsPrefix,
  countAddresses,
  firstAddress,
  formatPrefix,
  lastAddress,
  overlaps,
  parseNetwork,
  type Prefix,
} from "./prefix.ts";

/** A prefix from which networks of one size are taken. */
export interface SubnetPool {
  /** All of it. */
  readonly base: Prefix;
  /** The prefix length of each network. */
  readonly length: number;
}

/**
 * Where networks come from unless the user says otherwise: private (RFC 1918),
 * 1,664 of 254 hosts each, in three places because a VPN may hold any of them.
 */
export const DEFAULT_POOLS: readonly SubnetPool[] = [
  { base: parseNetwork("10.210.0.0/15"), length: 24 },
  { base: parseNetwork("172.24.0.0/14"), length: 24 },
  { base: parseNetwork("192.168.128.0/17"), length: 24 },
];

/** All pools are used up, or taken by others. */
export class NoFreeSubnetError extends Error {
  /** Tells it from other errors. */
  override readonly name = "NoFreeSubnetError";

  /** Says where was looked, what is in the way and what to do. */
  constructor(
    /** Where was looked. */
    readonly pools: readonly SubnetPool[],
    /** What is in the way. */
    readonly conflicts: readonly Prefix[],
  ) {
    const shown = conflicts.slice(0, 3).map(formatPrefix).join(", ");
    const more = conflicts.length > 3
      ? ` and ${conflicts.length - 3} more`
      : "";
    super(
      `cannot choose a subnet: every /${pools[0]?.length} of ` +
        `${pools.map(({ base }) => formatPrefix(base)).join(", ")} overlaps ` +
        `a network or a route of the host (${shown}${more}); name one that ` +
        "is free",
    );
  }
}

/**
 * The first network of the pools that overlaps none of `used`.
 *
 * @throws {NoFreeSubnetError}
 */
export function chooseSubnet(
  pools: readonly SubnetPool[],
  used: readonly Prefix[],
): Prefix {
  const taken = used.filter((prefix) => !isDefaultInDisguise(prefix));
  for (const pool of pools) {
    const subnet = firstFree(pool, taken);
    if (subnet) return subnet;
  }
  const conflicts = taken.filter((prefix) =>
    pools.some(({ base }) => overlaps(base, prefix))
  );
  throw new NoFreeSubnetError(pools, conflicts);
}

/** How often another pool is drawn: one half may be a company's. */
const DRAWS = 32;

/**
 * An IPv6 network of the host's own, in a pool that nobody has a route to.
 *
 * @throws {NoFreeSubnetError}
 */
export function chooseLocalSubnet(
  random: (count: number) => Uint8Array,
  used: readonly Prefix[],
): Prefix {
  for (let draw = 1;; draw++) {
    try {
      return chooseSubnet([localPool(random(5))], used);
    } catch (error) {
      if (!(error instanceof NoFreeSubnetError) || draw === DRAWS) throw error;
    }
  }
}

/** Those of `used` that a network would clash with. */
export function findConflicts(
  subnet: Prefix,
  used: readonly Prefix[],
): Prefix[] {
  return used.filter((prefix) =>
    !isDefaultInDisguise(prefix) && overlaps(subnet, prefix)
  );
}

/**
 * A pool of IPv6 networks of the host's own: RFC 4193, section 3, which wants
 * the 40 bits after `fd` to be random.
 */
export function localPool(random: Uint8Array): SubnetPool {
  const bytes = new Uint8Array(16);
  bytes[0] = 0xfd;
  bytes.set(random.subarray(0, 5), 1);
  return {
    base: { address: addressFromBytes(bytes), length: 48 },
    length: 64,
  };
}

/**
 * Whether a route is for (nearly) everything. VPNs send all traffic their way
 * by two routes to a half each, or by some more that leave a hole; none of
 * these claims the networks in it.
 */
function isDefaultInDisguise({ address, length }: Prefix): boolean {
  const SHORTEST: Record<Family, number> = { 4: 8, 6: 7 }; // 10/8, fc00::/7
  return length < SHORTEST[address.family];
}

function firstFree(
  { base, length }: SubnetPool,
  taken: readonly Prefix[],
): Prefix | undefined {
  const { family } = base.address;
  const at = (value: bigint): Prefix => ({
    address: { family, value },
    length,
  });
  const size = countAddresses(at(0n));
  const inTheWay = taken.filter((prefix) => overlaps(base, prefix))
    .map((prefix) => ({
      first: firstAddress(prefix).value,
      last: lastAddress(prefix).value,
    }))
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  let value = firstAddress(base).value;
  for (const { first, last } of inTheWay) {
    if (last < value) continue;
    if (first >= value + size) break;
    value = (last / size + 1n) * size; // the next one after it
  }
  return containsPrefix(base, at(value)) ? at(value) : undefined;
}
