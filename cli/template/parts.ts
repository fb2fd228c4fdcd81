/**
 * Parts of lists, maps and texts: `index`, `slice` and `len`. As in Go, the
 * parts of a text are its bytes.
 *
 * @module
 */
import { integerArgument, textArgument } from "./arguments.ts";
import { describeKind, keysOf, kindOf, valueAt } from "./value.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How many parts there are. */
export function lengthOf(value: unknown): number {
  switch (kindOf(value)) {
    case "text":
      return encoder.encode(value as string).length;
    case "list":
      return (value as readonly unknown[]).length;
    case "map":
      return keysOf(value as object).length;
    default:
      throw new Error(`${describeKind(value)} has no length`);
  }
}

/** `index x 1 "key"` is the part "key" of the part 1 of x. */
export function partAt(value: unknown, indices: readonly unknown[]): unknown {
  return indices.reduce(onePart, value);
}

function onePart(value: unknown, index: unknown): unknown {
  switch (kindOf(value)) {
    case "map": {
      const key = textArgument(index);
      return valueAt(value as object, key) ?? absentOf(value as object);
    }
    case "list": {
      const list = value as readonly unknown[];
      return list[integerArgument(index, 0, list.length - 1)];
    }
    case "text": {
      const bytes = encoder.encode(value as string);
      return bytes[integerArgument(index, 0, bytes.length - 1)];
    }
    default:
      throw new Error(`${describeKind(value)} has no parts`);
  }
}

/** What a map of texts has for a key that is not there: an empty text. */
function absentOf(map: object): unknown {
  const values = keysOf(map).map((key) => valueAt(map, key));
  return values.every((value) => typeof value === "string") ? "" : undefined;
}

/** `slice x 1 3` is x[1:3]. */
export function sliceOf(value: unknown, bounds: readonly unknown[]): unknown {
  const list = kindOf(value) === "list"
    ? value as readonly unknown[]
    : encoder.encode(textArgument(value));
  const [from = 0, to = list.length] = bounds;
  const end = integerArgument(to, 0, list.length);
  const part = list.slice(integerArgument(from, 0, end), end);
  return part instanceof Uint8Array ? decoder.decode(part) : part;
}
