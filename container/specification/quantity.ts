/**
 * Amounts of processor time and memory, as Kubernetes writes them in YAML and
 * as docker and compose write them in flags.
 *
 * The grammar is that of
 * [resource.Quantity](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/):
 * a signed decimal number, then a suffix (m k M G T P E, Ki Mi Gi Ti Pi Ei, n u)
 * or a decimal exponent (1e3, 1E3).
 *
 * @module
 */

/** A text that is no quantity, or a quantity that cannot be what it is for. */
export class QuantityError extends Error {
  /** `QuantityError`. */
  override readonly name = "QuantityError";
  /** Makes the message of both. */
  constructor(
    /** The text, as it was given. */
    readonly text: string,
    /** What is wrong with it and what would be right. */
    readonly reason: string,
  ) {
    super(`"${text}" ${reason}`);
  }
}

/** An exact amount. */
export interface Quantity {
  /** As it was written. */
  text: string;
  /**
   * Billionths of one: of a core, or of a byte. Kubernetes has nothing finer
   * and rounds away from zero to it.
   */
  nano: bigint;
}

/** A limit of processor time, as cgroups count it. */
export interface CpuQuota {
  /** Microseconds in each period; -1 for no limit. */
  quota: number;
  /** Microseconds. */
  period: number;
  /** Relative weight, 2 to 262144, one core being 1024. */
  shares: number;
}

const NANO = 1_000_000_000n;

/** One of each unit, in billionths. */
const UNITS = new Map<string, bigint>([
  ["n", 1n],
  ["u", 1_000n],
  ["m", 1_000_000n],
  ["", NANO],
  ...["k", "M", "G", "T", "P", "E"].map((suffix, i) =>
    [suffix, NANO * 1000n ** BigInt(i + 1)] as const
  ),
  ...["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((suffix, i) =>
    [suffix, NANO << BigInt(10 * (i + 1))] as const
  ),
]);

const ALLOWED =
  "is not a quantity: write a number, such as 2 or 0.5, and after " +
  "it nothing or one of m k M G T P E Ki Mi Gi Ti Pi Ei or an exponent like e3";

/** Exponents beyond this are refused; 1e30 cores or bytes are none. */
const MAX_EXPONENT = 30;

/**
 * Reads a Kubernetes quantity, or a plain number as YAML gives it.
 *
 * @throws {QuantityError} with what is allowed, and what may have been meant
 */
export function parseQuantity(text: string | number): Quantity {
  const source = String(text);
  const [, sign, whole = "", fraction = "", suffix = ""] =
    /^([+-]?)(\d*)(?:\.(\d*))?([A-Za-z]*(?:(?<=[eE])[+-]?\d+)?)$/.exec(
      source,
    ) ??
      [];
  if (whole + fraction === "") throw new QuantityError(source, ALLOWED);
  const [numerator, denominator] = scale(source, suffix);
  const magnitude = divideUp(
    BigInt(whole + fraction) * numerator,
    denominator * 10n ** BigInt(fraction.length),
  );
  return { text: source, nano: sign === "-" ? -magnitude : magnitude };
}

/** What a suffix multiplies by, in billionths, as a fraction. */
function scale(source: string, suffix: string) {
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  if (exponent !== undefined) {
    const power = Number(exponent);
    if (Math.abs(power) > MAX_EXPONENT) {
      throw new QuantityError(source, `has an exponent beyond ${MAX_EXPONENT}`);
    }
    const factor = 10n ** BigInt(Math.abs(power));
    return power < 0 ? [NANO, factor] as const : [NANO * factor, 1n] as const;
  }
  const unit = UNITS.get(suffix);
  if (unit !== undefined) return [unit, 1n] as const;
  const meant = likelySuffix(suffix);
  const number = source.slice(0, source.length - suffix.length);
  const hint = meant !== undefined ? `; did you mean ${number}${meant}?` : "";
  throw new QuantityError(source, ALLOWED + hint);
}

/** The binary unit that g, KB, mib and the like probably mean. */
function likelySuffix(suffix: string): string | undefined {
  const [, letter] = /^([kmgtpe])i?b?$/i.exec(suffix) ?? [];
  if (letter) return `${letter.toUpperCase()}i`;
  return suffix.toLowerCase() === "b" ? "" : undefined;
}

/** Division of numbers that are not negative, rounded up. */
function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

/**
 * Turns an amount of cores into a quota and into shares, by the kubelet's
 * formulas: thousandths of a core are rounded up, shares are 1024 a core, and a
 * quota is at least the kernel's minimum of 1000 µs. No cores are no limit.
 *
 * @throws {QuantityError} for what is no quantity, negative, or too much
 *
 * @example
 * ```ts
 * cpuQuota("500m"); // { quota: 50000, period: 100000, shares: 512 }
 * ```
 */
export function cpuQuota(
  cores: Quantity | string | number,
  period = 100_000,
): CpuQuota {
  const { text, nano } = toQuantity(cores);
  if (nano < 0n) {
    throw new QuantityError(text, "cores are below zero: write 0.5 or 500m");
  }
  if (nano > 1_000_000n * NANO) {
    throw new QuantityError(
      text,
      "cores are more than a million: cpu counts whole cores, and 500m is half of one",
    );
  }
  const milli = Number(divideUp(nano, 1_000_000n));
  const quota = milli === 0 ? -1 : Math.floor(milli * period / 1000);
  return {
    quota: quota < 0 ? quota : Math.max(quota, 1000),
    period,
    shares: clamp(Math.floor(milli * 1024 / 1000), 2, 262_144),
  };
}

/**
 * Turns a Kubernetes quantity into bytes, rounded up.
 *
 * @throws {QuantityError} for what is no quantity, negative, too much, or given
 * in thousandths of a byte, which Kubernetes allows and nobody means
 *
 * @example
 * ```ts
 * bytes("233Mi"); // 244318208
 * ```
 */
export function bytes(amount: Quantity | string | number): number {
  const { text, nano } = toQuantity(amount);
  const small = /^(.*)([mun])$/.exec(text);
  if (small && nano > 0n) {
    const meant = small[2] === "m" ? "Mi" : "";
    throw new QuantityError(
      text,
      `is a fraction of a byte: did you mean ${small[1]}${meant}?`,
    );
  }
  return wholeBytes(text, nano);
}

function wholeBytes(text: string, nano: bigint): number {
  if (nano < 0n) {
    throw new QuantityError(text, "bytes are below zero: write 64Mi");
  }
  const whole = divideUp(nano, NANO);
  if (whole > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new QuantityError(text, "is too much: the most is 8Pi less a byte");
  }
  return Number(whole);
}

/** Docker's units, all powers of 1024. */
const DOCKER_UNITS = new Map([
  ["b", ""],
  ["k", "Ki"],
  ["m", "Mi"],
  ["g", "Gi"],
  ["t", "Ti"],
  ["p", "Pi"],
]);

/**
 * Reads an amount of memory in a flag or a compose file: Kubernetes' notation,
 * or docker's lower-case units b k m g t p (also kb, mb …), which are powers of
 * 1024. So 64m is 64 MiB here, and 64M, with Kubernetes' capital letter, is
 * 64 million bytes.
 *
 * Only k has a meaning in both, 1000 and 1024; here it is docker's.
 *
 * @throws {QuantityError} as {@linkcode bytes}
 *
 * @example
 * ```ts
 * parseMemory("64m"); // 67108864
 * parseMemory("64Mi"); // 67108864
 * ```
 */
export function parseMemory(text: string | number): number {
  const source = String(text);
  const [, number, unit = ""] = /^([\d.]+)(b|[kmgtp]b?)$/.exec(source) ?? [];
  if (number === undefined) return bytes(source);
  const suffix = DOCKER_UNITS.get(unit[0]!)!;
  return wholeBytes(source, parseQuantity(`${number}${suffix}`).nano);
}

function toQuantity(amount: Quantity | string | number): Quantity {
  return typeof amount === "object" ? amount : parseQuantity(amount);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
