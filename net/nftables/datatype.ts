/**
 * Types of the values that packets have and sets hold: how each is written
 * for the kernel and for people.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import {
  type Address,
  addressBytes,
  addressFromBytes,
  bitsOf,
  formatAddress,
} from "../address.ts";
import { formatMac, parseMac } from "../mac.ts";
import { align, concat } from "../netlink/attribute.ts";
import {
  firstAddress,
  formatPrefix,
  hostPrefix,
  lastAddress,
  type Prefix,
} from "../prefix.ts";

/**
 * A value: an interface's or a protocol's name, a number, an address (one of
 * Ethernet is text), or all addresses of a prefix.
 */
export type Value = string | number | Address | Prefix;

/** A type by its name in nft. */
export type Datatype = keyof typeof DATATYPES;

/** Values from the first to the last, as the kernel compares them. */
export interface Range {
  readonly first: Uint8Array;
  readonly last: Uint8Array;
}

/** A value that a type does not have. */
export class InvalidValueError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InvalidValueError";

  /** Says which type the value should have had. */
  constructor(
    /** What was given. */
    readonly value: Value,
    /** What it should have been. */
    readonly type: Datatype,
  ) {
    super(`${formatValue(type, value)} is no ${type}`);
  }
}

/** Transport protocols with ports, from linux/in.h. */
export const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 } as const;

/** Families as `meta nfproto` has them, from linux/netfilter.h. */
const NFPROTOS = { ipv4: 2, ipv6: 10 } as const;

/** Protocols above IP by their names in nft, from linux/in.h and in6.h. */
const TRANSPORTS = { ...PROTOCOLS, "ipv6-icmp": 58 } as const;

/** What a frame carries, from linux/if_ether.h. */
const ETHER_TYPES = { ip: 0x0800, arp: 0x0806, ip6: 0x86dd } as const;

/** Kinds of neighbour discovery and MLD, from linux/icmpv6.h. */
const ICMPV6_TYPES = {
  "nd-router-advert": 134,
  "nd-neighbor-solicit": 135,
  "nd-neighbor-advert": 136,
  "nd-redirect": 137,
  "mld2-listener-report": 143,
} as const;

/** Types of routes, from linux/rtnetlink.h. */
const ROUTE_TYPES = { unicast: 1, local: 2, broadcast: 3 } as const;

interface Type {
  /** nft's number for it, from datatype.h of nftables. */
  readonly id: number;
  /** In bytes. */
  readonly size: number;
  /** Undefined for a value the type does not have. */
  encode(value: Value): Range | undefined;
  decode(bytes: Uint8Array): Value;
}

const DATATYPES = {
  nf_proto: named(2, NFPROTOS, 1),
  ipv4_addr: addresses(7, 4),
  ipv6_addr: addresses(8, 6),
  ether_addr: {
    id: 9,
    size: 6,
    encode: (value) =>
      typeof value === "string" ? just(parseMac(value)) : undefined,
    decode: formatMac,
  },
  ether_type: named(10, ETHER_TYPES, 2),
  inet_proto: named(12, TRANSPORTS, 1),
  inet_service: {
    id: 13,
    size: 2,
    encode: (value) =>
      isInteger(value, 0xffff)
        ? just(Uint8Array.of(value >> 8, value & 0xff))
        : undefined,
    decode: (bytes) => viewOf(bytes).getUint16(0),
  },
  iface_index: {
    id: 20,
    size: 4,
    encode: (value) =>
      isInteger(value, 0x7fff_ffff)
        ? just(new Uint8Array(Uint32Array.of(value).buffer))
        : undefined,
    decode: (bytes) => viewOf(bytes).getUint32(0, true),
  },
  icmpv6_type: named(29, ICMPV6_TYPES, 1),
  fib_addrtype: named(38, ROUTE_TYPES, 4),
  ifname: {
    id: 41,
    size: 16,
    encode(value) {
      if (typeof value !== "string") return undefined;
      const name = new TextEncoder().encode(value);
      if (name.length < 1 || name.length > 15) return undefined;
      return just(concat(name, new Uint8Array(16 - name.length)));
    },
    decode: (bytes) => new TextDecoder().decode(bytes).replace(/\0.*$/s, ""),
  },
} as const satisfies Record<string, Type>;

/** How many bytes a value has. */
export function sizeOf(type: Datatype): number {
  return DATATYPES[type].size;
}

/**
 * The bytes of a value.
 *
 * @throws {InvalidValueError}
 */
export function encodeValue(type: Datatype, value: Value): Range {
  const range = (DATATYPES[type] as Type).encode(value);
  if (range) return range;
  throw new InvalidValueError(value, type);
}

/** How many bytes a concatenation has. Parts of several are padded to four. */
export function sizeOfAll(types: readonly Datatype[]): number {
  if (types.length === 1) return sizeOf(types[0]!);
  return types.reduce((sum, type) => sum + align(sizeOf(type)), 0);
}

/**
 * The bytes of a concatenation.
 *
 * @throws {InvalidValueError}
 * @throws {RangeError} for another number of values than of types
 */
export function encodeAll(
  types: readonly Datatype[],
  values: readonly Value[],
): Range {
  if (types.length !== values.length) {
    throw new RangeError(
      `a value of ${values.length} parts is no ${types.join(" . ")}`,
    );
  }
  const ranges = types.map((type, i) => encodeValue(type, values[i]!));
  if (ranges.length === 1) return ranges[0]!;
  return {
    first: concat(...ranges.map(({ first }) => padded(first))),
    last: concat(...ranges.map(({ last }) => padded(last))),
  };
}

/**
 * The values of a concatenation; undefined when it has not the types' size.
 * Addresses of a range become the prefix that they are.
 */
export function decodeAll(
  types: readonly Datatype[],
  { first, last }: Range,
): Value[] | undefined {
  const size = sizeOfAll(types);
  if (first.length !== size || last.length !== size) return undefined;
  let at = 0;
  return types.map((type) => {
    const { size, decode } = DATATYPES[type];
    const [from, to] = [first, last].map((bytes) =>
      decode(bytes.subarray(at, at + size))
    ) as [Value, Value];
    at += align(size);
    return isAddress(from) && isAddress(to) ? joinRange(from, to) : from;
  });
}

/** nft's number for a concatenation: 6 bits each, the last one lowest. */
export function typeIdOf(types: readonly Datatype[]): number {
  return types.reduce((id, type) => id << 6 | DATATYPES[type].id, 0);
}

/** A value in nft's words, which has names of interfaces in quotes. */
export function formatValue(type: Datatype, value: Value): string {
  if (typeof value === "object") {
    return isAddress(value) ? formatAddress(value) : formatPrefix(value);
  }
  return type === "ifname" ? JSON.stringify(value) : `${value}`;
}

/** A concatenation in nft's words. */
export function formatValues(
  types: readonly Datatype[],
  values: readonly Value[],
): string {
  return values.map((value, i) => formatValue(types[i]!, value)).join(" . ");
}

/** Whether a value is one address. */
export function isAddress(value: Value): value is Address {
  return typeof value === "object" && "family" in value;
}

function named(
  id: number,
  numbers: Readonly<Record<string, number>>,
  size: 1 | 2 | 4,
): Type {
  const names = new Map(Object.entries(numbers).map(([k, v]) => [v, k]));
  return {
    id,
    size,
    encode(value) {
      const number = typeof value === "string" && Object.hasOwn(numbers, value)
        ? numbers[value]
        : value;
      // Two bytes are in network order, four in the host's.
      if (!isInteger(number, size === 2 ? 0xffff : 255)) return undefined;
      return just(
        size === 2
          ? Uint8Array.of(number >> 8, number & 0xff)
          : Uint8Array.of(number, ...new Uint8Array(size - 1)),
      );
    },
    decode(bytes) {
      const number = size === 2 ? viewOf(bytes).getUint16(0) : bytes[0]!;
      return names.get(number) ?? number;
    },
  };
}

function addresses(id: number, family: 4 | 6): Type {
  return {
    id,
    size: bitsOf(family) / 8,
    encode(value) {
      if (typeof value !== "object") return undefined;
      const prefix = isAddress(value) ? hostPrefix(value) : value;
      if (prefix.address.family !== family) return undefined;
      return {
        first: addressBytes(firstAddress(prefix)),
        last: addressBytes(lastAddress(prefix)),
      };
    },
    decode: addressFromBytes,
  };
}

/** The shortest prefix around two addresses, or the one address. */
function joinRange(first: Address, last: Address): Address | Prefix {
  const differing = (first.value ^ last.value).toString(2);
  if (differing === "0") return first;
  return { address: first, length: bitsOf(first.family) - differing.length };
}

function just(bytes: Uint8Array): Range {
  return { first: bytes, last: bytes };
}

function padded(bytes: Uint8Array): Uint8Array {
  return concat(bytes, new Uint8Array(align(bytes.length) - bytes.length));
}

function isInteger(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 &&
    (value as number) <= most;
}
