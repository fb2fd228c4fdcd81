/**
 * IPv4 and IPv6 addresses, as values.
 *
 * Text is read strictly: what two programs could read differently (leading
 * zeros, missing parts, zones) is an error.
 *
 * @module
 */

/** An IP version. */
export type Family = 4 | 6;

/** An address: equal ones have equal fields. */
export interface Address {
  /** Which version. */
  readonly family: Family;
  /** The address as one number, of 32 or 128 bits. */
  readonly value: bigint;
}

/** Text that is no address, or no prefix. */
export class InvalidAddressError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InvalidAddressError";

  /** Says what is wrong and what would be right. */
  constructor(
    /** What was given. */
    readonly text: string,
    /** What it should have been, such as `IP address`. */
    readonly wanted: string,
    /** What is wrong with it, and what is allowed. */
    readonly problem: string,
  ) {
    super(`${JSON.stringify(text)} is no ${wanted}: ${problem}`);
  }
}

/**
 * What `parse` makes of a text; undefined where that is an
 * {@linkcode InvalidAddressError}.
 */
export function tryParse<T>(
  parse: (text: string) => T,
  text: string,
): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof InvalidAddressError) return undefined;
    throw error;
  }
}

/** How many bits an address has. */
export function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

/**
 * Reads an address: four decimal numbers, or the forms of RFC 4291, section
 * 2.2.
 *
 * @example
 * ```ts
 * parseAddress("10.88.0.1");
 * parseAddress("fd00::1");
 * ```
 *
 * @throws {InvalidAddressError}
 */
export function parseAddress(text: string): Address {
  return text.includes(":")
    ? { family: 6, value: parse6(text) }
    : { family: 4, value: parse4(text, text) };
}

/**
 * The one way to write an address: for IPv6 that of RFC 5952, lower case and
 * with the longest run of zeros left out.
 */
export function formatAddress({ family, value }: Address): string {
  return family === 4 ? format4(value) : format6(value);
}

/** The bytes of an address, in network order. */
export function addressBytes({ family, value }: Address): Uint8Array {
  const bytes = new Uint8Array(bitsOf(family) / 8);
  for (let i = bytes.length - 1, rest = value; i >= 0; i--, rest >>= 8n) {
    bytes[i] = Number(rest & 0xffn);
  }
  return bytes;
}

/**
 * The address that 4 or 16 bytes in network order are.
 *
 * @throws {RangeError} for another number of bytes
 */
export function addressFromBytes(bytes: Uint8Array): Address {
  const { length } = bytes;
  if (length !== 4 && length !== 16) {
    throw new RangeError(`an address has 4 or 16 bytes, not ${length}`);
  }
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { family: length === 4 ? 4 : 6, value };
}

/** Whether two addresses are the same. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}

function parse4(text: string, whole: string): bigint {
  const fail = (problem: string): never => {
    throw new InvalidAddressError(whole, "IP address", problem);
  };
  const parts = text.split(".");
  if (parts.length !== 4) {
    fail('an IPv4 address is four numbers with "." between, 10.88.0.1');
  }
  return parts.reduce((value, part) => {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) {
      fail(`${JSON.stringify(part)} is no number from 0 to 255`);
    }
    if (part.length > 1 && part.startsWith("0")) {
      fail(`"${part}" has a leading zero, which some read as octal`);
    }
    return (value << 8n) | BigInt(part);
  }, 0n);
}

function parse6(text: string): bigint {
  const fail = (problem: string): never => {
    throw new InvalidAddressError(text, "IP address", problem);
  };
  if (text.includes("%")) fail("an address with a zone (%) is not allowed");
  const halves = text.split("::");
  if (halves.length > 2) fail('"::" may stand once');
  const [head = [], tail = []] = halves.map((half, i) =>
    half === "" ? [] : groups(half, i === halves.length - 1)
  );
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) {
    const count = head.length + tail.length;
    fail(
      halves.length === 1
        ? `it has ${count} groups where 8 are due; "::" stands for the rest`
        : `it has ${count} groups beside "::", at most 7 are allowed`,
    );
  }
  const all = [...head, ...Array<bigint>(missing).fill(0n), ...tail];
  return all.reduce((value, group) => (value << 16n) | group, 0n);

  /** Groups of 16 bits; an IPv4 address may be the last two. */
  function groups(half: string, isLast: boolean): bigint[] {
    const parts = half.split(":");
    return parts.flatMap((part, i) => {
      if (part.includes(".") && isLast && i === parts.length - 1) {
        const value = parse4(part, text);
        return [value >> 16n, value & 0xffffn];
      }
      if (!/^[\da-f]{1,4}$/i.test(part)) {
        fail(`${JSON.stringify(part)} is no group of 1 to 4 hex digits`);
      }
      return [BigInt(`0x${part}`)];
    });
  }
}

function format4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
}

function format6(value: bigint): string {
  // RFC 5952, section 5: an address known to embed IPv4 shows it.
  if (value >> 32n === 0xffffn) return `::ffff:${format4(value)}`;
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(":"); // section 4.2.2: not for one group
  const head = groups.slice(0, start).join(":");
  return `${head}::${groups.slice(start + length).join(":")}`;
}

/** The first of the longest runs of "0". */
function longestZeros(groups: string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === "0") end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
