/**
 * Choosing addresses: what is taken and what is wished for in, a choice out.
 *
 * @module
 */
import {
  type Address,
  formatAddress,
  parseAddress,
  sameAddress,
} from "./address.ts";
import {
  containsAddress,
  firstAddress,
  formatPrefix,
  lastAddress,
  type Prefix,
  unusableAddresses,
} from "./prefix.ts";

/** What leases.json holds. */
export interface Leases {
  /** Who has an address. */
  readonly owners: { readonly [address: string]: string };
  /**
   * The address each subnet gave away last: the next one comes after it, so
   * that what neighbours remember of a released one has time to fade.
   */
  readonly last: { readonly [subnet: string]: string };
}

/** Nothing is taken. */
export const NO_LEASES: Leases = { owners: {}, last: {} };

/** Where addresses come from. */
export interface AddressRange {
  /** The network. */
  readonly subnet: Prefix;
  /** The first address that may be chosen; that of the subnet unless given. */
  readonly first?: Address;
  /** The last one; that of the subnet unless given. */
  readonly last?: Address;
  /** Never leased: the gateway's, and what the user sets aside. */
  readonly reserved?: readonly Address[];
}

/** One address that an owner wants. */
export interface AddressWish {
  /** Tried in order. */
  readonly ranges: readonly AddressRange[];
  /** This one: it has to lie in a subnet, not between `first` and `last`. */
  readonly address?: Address;
}

/** A range has nothing left. */
export class ExhaustedError extends Error {
  /** Tells it from other errors. */
  override readonly name = "ExhaustedError";

  /** Names the ranges and how many of their addresses are used. */
  constructor(
    /** What was tried. */
    readonly ranges: readonly AddressRange[],
    /** How many of their addresses are leased. */
    readonly used: number,
  ) {
    super(
      `cannot lease an address of ${ranges.map(describeRange).join(" or ")}: ` +
        `none is free, ${used} are in use`,
    );
  }
}

/** An address that was asked for cannot be had. */
export class AddressUnavailableError extends Error {
  /** Tells it from other errors. */
  override readonly name = "AddressUnavailableError";

  /** Says why. */
  constructor(
    /** What was asked for. */
    readonly address: Address,
    /** Why it cannot be had. */
    readonly reason: string,
    /** The owner who has it. */
    readonly holder?: string,
  ) {
    super(`cannot lease ${formatAddress(address)}: ${reason}`);
  }
}

/**
 * Takes an address for each wish. What the owner has in a wish's subnets
 * already is kept.
 *
 * @throws {ExhaustedError}
 * @throws {AddressUnavailableError}
 */
export function takeAddresses(
  leases: Leases,
  owner: string,
  wishes: readonly AddressWish[],
): { taken: Address[]; leases: Leases } {
  const taken: Address[] = [];
  let changed = leases;
  for (const wish of wishes) {
    const held = findHeld(changed, owner, wish);
    const { range, address } = held ?? take(changed, wish);
    taken.push(address);
    if (held) continue;
    const text = formatAddress(address);
    const last = wish.address ? changed.last : {
      ...changed.last,
      [formatPrefix(range.subnet)]: text,
    };
    changed = { owners: { ...changed.owners, [text]: owner }, last };
  }
  return { taken, leases: changed };
}

interface Choice {
  range: AddressRange;
  address: Address;
}

function findHeld(
  { owners }: Leases,
  owner: string,
  { ranges, address: wanted }: AddressWish,
): Choice | undefined {
  for (const [text, other] of Object.entries(owners)) {
    if (other !== owner) continue;
    const address = parseAddress(text);
    const range = ranges.find(({ subnet }) => containsAddress(subnet, address));
    if (!range) continue;
    if (!wanted || sameAddress(wanted, address)) return { range, address };
    throw new AddressUnavailableError(
      wanted,
      `the container has ${text} in ${formatPrefix(range.subnet)} already`,
    );
  }
  return undefined;
}

function take(leases: Leases, wish: AddressWish): Choice {
  if (wish.address) return takeThis(leases, wish.ranges, wish.address);
  for (const range of wish.ranges) {
    const address = findFree(leases, range);
    if (address) return { range, address };
  }
  const used = Object.keys(leases.owners).map(parseAddress)
    .filter((address) => wish.ranges.some((range) => isIn(range, address)));
  throw new ExhaustedError(wish.ranges, used.length);
}

function takeThis(
  { owners }: Leases,
  ranges: readonly AddressRange[],
  address: Address,
): Choice {
  const fail = (reason: string, holder?: string): never => {
    throw new AddressUnavailableError(address, reason, holder);
  };
  const range = ranges.find(({ subnet }) => containsAddress(subnet, address));
  if (!range) {
    const subnets = ranges.map(({ subnet }) => formatPrefix(subnet));
    return fail(`it is not in ${subnets.join(" or ")}`);
  }
  const owner = owners[formatAddress(address)];
  if (owner !== undefined) fail(`${owner} has it`, owner);
  const isIt = (other: Address) => sameAddress(other, address);
  if (range.reserved?.some(isIt)) fail("it is reserved");
  if (unusableAddresses(range.subnet).some(isIt)) {
    fail(`it is not a host's address in ${formatPrefix(range.subnet)}`);
  }
  return { range, address };
}

/** The next free address after the one given away last, or from the start. */
function findFree(
  { owners, last }: Leases,
  range: AddressRange,
): Address | undefined {
  const { subnet } = range;
  const { family } = subnet.address;
  const [first, end] = boundsOf(range);
  const isTaken = new Set(
    [
      ...Object.keys(owners).map(parseAddress),
      ...unusableAddresses(subnet),
      ...range.reserved ?? [],
    ].filter((address) => address.family === family).map(({ value }) => value),
  );
  const before = last[formatPrefix(subnet)];
  const next = before === undefined ? first : parseAddress(before).value + 1n;
  const start = next >= first && next <= end ? next : first;
  for (const [from, to] of [[start, end], [first, start - 1n]] as const) {
    for (let value = from; value <= to; value++) {
      if (!isTaken.has(value)) return { family, value };
    }
  }
  return undefined;
}

function boundsOf({ subnet, first, last }: AddressRange): [bigint, bigint] {
  return [
    (first ?? firstAddress(subnet)).value,
    (last ?? lastAddress(subnet)).value,
  ];
}

function isIn(range: AddressRange, address: Address): boolean {
  const [first, last] = boundsOf(range);
  return containsAddress(range.subnet, address) &&
    address.value >= first && address.value <= last;
}

function describeRange({ subnet, first, last }: AddressRange): string {
  const name = formatPrefix(subnet);
  if (!first && !last) return name;
  const from = formatAddress(first ?? firstAddress(subnet));
  return `${name} (${from} to ${formatAddress(last ?? lastAddress(subnet))})`;
}
