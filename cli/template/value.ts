/**
 * The values that templates work on: plain data, and what users call it.
 *
 * @module
 */

/** An item that a template can ask for more than it holds. */
export class View<T = unknown> {
  constructor(
    /** What it is when it is printed. */
    readonly data: T,
    /** Further fields, each made of the item when it is asked for. */
    readonly fields: Fields<T>,
  ) {}
}

/** Fields by their names. Where one takes arguments, its value is a function. */
export type Fields<T> = Readonly<Record<string, (item: T) => unknown>>;

/** What a value is, in the words of messages. */
export type Kind = "nothing" | "truth" | "number" | "text" | "list" | "map";

/** Kinds as messages name them. */
const KIND_NAMES: Readonly<Record<Kind, string>> = {
  nothing: "nothing",
  truth: "true or false",
  number: "a number",
  text: "a text",
  list: "a list",
  map: "a map",
};

/** What kind of value `value` is. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
    case "bigint":
      return "number";
    case "boolean":
      return "truth";
    case "object":
      if (value === null) return "nothing";
      return Array.isArray(value) ? "list" : "map";
    default:
      return "nothing";
  }
}

/** `value` is a text. */
export function describeKind(value: unknown): string {
  return KIND_NAMES[kindOf(value)];
}

/** Whether `if` takes it for true: neither nothing, false, 0, nor empty. */
export function isTrue(value: unknown): boolean {
  if (value instanceof View) return true;
  switch (kindOf(value)) {
    case "list":
      return (value as readonly unknown[]).length > 0;
    case "map":
      return keysOf(value as object).length > 0;
    default:
      return Boolean(value);
  }
}

/** The keys of a map, in order. */
export function keysOf(map: object): string[] {
  const data = dataOf(map);
  const keys = data instanceof Map
    ? [...data.keys()].map(String)
    : Object.keys(data as object);
  return keys.sort();
}

/** What a map has for a key. */
export function valueAt(map: object, key: string): unknown {
  const data = dataOf(map);
  if (data instanceof Map) return data.get(key);
  return Object.hasOwn(data as object, key)
    ? (data as Record<string, unknown>)[key]
    : undefined;
}

/** Without the further fields of a {@linkcode View}. */
export function dataOf(value: unknown): unknown {
  return value instanceof View ? value.data : value;
}
