/**
 * Netlink attributes: type, length and value, nested in each other, as
 * `struct nlattr` of linux/netlink.h lays them out.
 *
 * Lengths that come from outside are checked before they are believed.
 *
 * @module
 */
import { join, viewOf } from "../../sys/memory.ts";

/** Bits of an attribute's type, from linux/netlink.h. */
export const NLA_F = { NESTED: 0x8000, NET_BYTEORDER: 0x4000 } as const;

const TYPE_MASK = 0x3fff;
const HEADER = 4;

/** Bytes that are not what they claim to be. */
export class MalformedMessageError extends Error {
  /** Tells it from other errors. */
  override readonly name = "MalformedMessageError";

  /** Says what was being read and what is wrong with it. */
  constructor(
    /** What was being read, such as `attribute 4`. */
    readonly part: string,
    /** What is wrong with it. */
    readonly problem: string,
  ) {
    super(`cannot decode a netlink message: ${part} ${problem}`);
  }
}

/** The next multiple of four: where the next header begins. */
export function align(length: number): number {
  return (length + 3) & ~3;
}

/** Joins byte arrays. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  return join(parts);
}

/**
 * One attribute, padded to four bytes.
 *
 * @throws {RangeError} for a value longer than the length field can say
 */
export function attr(type: number, value: Uint8Array): Uint8Array {
  // struct nlattr { u16 nla_len; u16 nla_type; }
  const length = HEADER + value.length; // padding is not counted
  if (length > 0xffff) {
    throw new RangeError(
      `attribute ${type}: ${value.length} bytes are more than 65531`,
    );
  }
  const bytes = new Uint8Array(align(length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, length, true);
  view.setUint16(2, type, true);
  bytes.set(value, HEADER);
  return bytes;
}

/** An attribute that holds others. */
export function nest(type: number, ...attrs: Uint8Array[]): Uint8Array {
  return attr(type | NLA_F.NESTED, concat(...attrs));
}

/** An attribute that says something by being there. */
export function flag(type: number): Uint8Array {
  return attr(type, new Uint8Array(0));
}

/** A string with its NUL. */
export function str(type: number, value: string): Uint8Array {
  return attr(type, new TextEncoder().encode(value + "\0"));
}

/** A byte. */
export function u8(type: number, value: number): Uint8Array {
  return attr(type, Uint8Array.of(value));
}

/** 16 bits in host order. */
export function u16(type: number, value: number): Uint8Array {
  return number(type, 2, (view) => view.setUint16(0, value, true));
}

/** 32 bits in host order. */
export function u32(type: number, value: number): Uint8Array {
  return number(type, 4, (view) => view.setUint32(0, value, true));
}

/** 64 bits in host order. */
export function u64(type: number, value: bigint): Uint8Array {
  return number(type, 8, (view) => view.setBigUint64(0, value, true));
}

/** 16 bits in network order. */
export function be16(type: number, value: number): Uint8Array {
  return number(type, 2, (view) => view.setUint16(0, value));
}

/** 32 bits in network order. */
export function be32(type: number, value: number): Uint8Array {
  return number(type, 4, (view) => view.setUint32(0, value));
}

/** 64 bits in network order. */
export function be64(type: number, value: bigint): Uint8Array {
  return number(type, 8, (view) => view.setBigUint64(0, value));
}

function number(
  type: number,
  size: number,
  write: (view: DataView) => void,
): Uint8Array {
  const value = new Uint8Array(size);
  write(new DataView(value.buffer));
  return attr(type, value);
}

/**
 * Attributes as they were received, read by type. A reader returns undefined
 * when the attribute is not there, and throws when it does not hold what the
 * reader asks for.
 */
export class Attributes {
  readonly #values: ReadonlyMap<number, readonly Uint8Array[]>;

  /**
   * Splits bytes into attributes.
   *
   * @throws {MalformedMessageError} when a length leads out of the bytes
   */
  constructor(bytes: Uint8Array) {
    const values = new Map<number, Uint8Array[]>();
    for (const { type, value } of splitAttrs(bytes)) {
      const same = values.get(type);
      if (same) same.push(value);
      else values.set(type, [value]);
    }
    this.#values = values;
  }

  /** The types that are there, in the order in which they came. */
  get types(): number[] {
    return [...this.#values.keys()];
  }

  /** Whether the attribute is there. */
  has(type: number): boolean {
    return this.#values.has(type);
  }

  /** The value; the last one where a type comes twice, as the kernel has it. */
  bytes(type: number): Uint8Array | undefined {
    return this.#values.get(type)?.at(-1);
  }

  /** Every value of a type, as lists repeat one. */
  all(type: number): readonly Uint8Array[] {
    return this.#values.get(type) ?? [];
  }

  /** The attributes inside one. */
  nested(type: number): Attributes | undefined {
    const value = this.bytes(type);
    return value && new Attributes(value);
  }

  /** The attributes inside each of a list. */
  list(type: number): Attributes[] {
    return this.all(type).map((value) => new Attributes(value));
  }

  /** A string, up to its NUL. Bytes that are no UTF-8 become U+FFFD. */
  string(type: number): string | undefined {
    const value = this.bytes(type);
    if (!value) return undefined;
    const end = value.indexOf(0);
    return new TextDecoder().decode(
      end === -1 ? value : value.subarray(0, end),
    );
  }

  /** A byte. */
  u8(type: number): number | undefined {
    return this.#view(type, 1)?.getUint8(0);
  }

  /** 16 bits in host order. */
  u16(type: number): number | undefined {
    return this.#view(type, 2)?.getUint16(0, true);
  }

  /** 32 bits in host order. */
  u32(type: number): number | undefined {
    return this.#view(type, 4)?.getUint32(0, true);
  }

  /** 32 bits with a sign, in host order. */
  i32(type: number): number | undefined {
    return this.#view(type, 4)?.getInt32(0, true);
  }

  /** 64 bits in host order. */
  u64(type: number): bigint | undefined {
    return this.#view(type, 8)?.getBigUint64(0, true);
  }

  /** 16 bits in network order. */
  be16(type: number): number | undefined {
    return this.#view(type, 2)?.getUint16(0);
  }

  /** 32 bits in network order. */
  be32(type: number): number | undefined {
    return this.#view(type, 4)?.getUint32(0);
  }

  /** 64 bits in network order. */
  be64(type: number): bigint | undefined {
    return this.#view(type, 8)?.getBigUint64(0);
  }

  #view(type: number, size: number): DataView | undefined {
    const value = this.bytes(type);
    if (!value) return undefined;
    if (value.length === size) return viewOf(value);
    throw new MalformedMessageError(
      `attribute ${type}`,
      `has ${value.length} bytes where ${size} are due`,
    );
  }
}

function* splitAttrs(
  bytes: Uint8Array,
): Generator<{ type: number; value: Uint8Array }> {
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    if (left < HEADER) {
      // Padding of the last one may be missing, but a header may not.
      throw new MalformedMessageError(
        `an attribute at byte ${at}`,
        `has ${left} bytes left for a header of ${HEADER}`,
      );
    }
    const length = view.getUint16(at, true);
    const type = view.getUint16(at + 2, true) & TYPE_MASK;
    if (length < HEADER || length > left) {
      throw new MalformedMessageError(
        `attribute ${type} at byte ${at}`,
        `claims ${length} bytes, ${HEADER} to ${left} are possible`,
      );
    }
    yield { type, value: bytes.subarray(at + HEADER, at + length) };
    at += align(length);
  }
}
