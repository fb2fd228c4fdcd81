/**
 * Spoilt messages, to try that what decodes them holds out.
 *
 * @module
 */
import fc from "fast-check";
import { join } from "../../sys/memory.ts";
import { attr, concat } from "./attribute.ts";

/** How long one test may take, and how much it tries at most. */
const LIMITS = { numRuns: 4000, interruptAfterTimeLimit: 800 };

/** Lengths that lead nowhere, stand still, or lead back. */
const LENGTHS = [0, 1, 3, 4, 5, 0xff];

/** What is done to a byte. */
const change = fc.record({
  at: fc.nat(0xffff),
  value: fc.oneof(
    fc.record({ byte: fc.nat(0xff) }),
    // Headers begin at multiples of four, and with a length.
    fc.record({ length: fc.constantFrom(...LENGTHS) }),
  ),
});

/** Copies of samples: some bytes changed, the end cut off, or lengths that lie. */
export function spoilt(
  samples: readonly Uint8Array[],
): fc.Arbitrary<Uint8Array> {
  return fc.record({
    sample: fc.constantFrom(...samples),
    cut: fc.option(fc.nat(0xffff), { freq: 3 }),
    changes: fc.array(change, { maxLength: 8 }),
  }).map(({ sample, cut, changes }) => {
    const copy = sample.slice(0, (cut ?? sample.length) % (sample.length + 1));
    for (const { at, value } of copy.length > 0 ? changes : []) {
      const place = at % copy.length;
      if ("byte" in value) copy[place] = value.byte;
      else copy[place & ~3] = value.length;
    }
    return copy;
  });
}

/** Bytes that nobody meant as anything. */
export const noise: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 80 });

/** Well-formed attributes of any type with any value, in each other too. */
export const attributes: fc.Arbitrary<Uint8Array> = fc.letrec<{
  value: Uint8Array;
  list: Uint8Array;
}>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    // The sizes that values have.
    ...[0, 1, 2, 4, 6, 8, 16].map((length) =>
      fc.uint8Array({ minLength: length, maxLength: length })
    ),
    tie("list"),
  ),
  list: fc.array(fc.tuple(fc.nat(40), tie("value")), { maxLength: 6 })
    .map((list) => join(list.map(([type, value]) => attr(type, value)))),
})).list;

/** A message's payload: a fixed header of a family, and attributes. */
export function payloads(headerSize: number): fc.Arbitrary<Uint8Array> {
  const header = fc.uint8Array({
    minLength: headerSize,
    maxLength: headerSize,
  });
  const families = fc.constantFrom(2, 10, 7, 1); // AF_INET, INET6, BRIDGE, UNIX
  return fc.tuple(families, header, attributes).map(
    ([family, header, rest]) => {
      const bytes = concat(header, rest);
      if (headerSize > 0) bytes[0] = family;
      return bytes;
    },
  );
}

/**
 * Does something with whatever comes, and expects that it succeeds, or fails as
 * one of `errors`. Returns how often which happened.
 */
export function holdsOut<T>(
  whatever: fc.Arbitrary<T>,
  errors: readonly (abstract new (...args: never[]) => Error)[],
  action: (value: T) => void,
): { succeeded: number; failed: number } {
  let [succeeded, failed] = [0, 0];
  const property = fc.property(whatever, (value) => {
    try {
      action(value);
      succeeded++;
    } catch (error) {
      if (!errors.some((type) => error instanceof type)) throw error;
      failed++;
    }
  });
  fc.assert(property, LIMITS);
  return { succeeded, failed };
}
