/**
 * `--filter` of commands about networks, as docker has it.
 *
 * @module
 */
import type { Parser } from "../values.ts";

/** What a network is told by. */
export interface Filterable {
  readonly name: string;
  readonly driver: string;
  readonly id?: string;
  readonly labels?: { readonly [key: string]: string };
}

/** One condition. */
export interface Filter<T = Filterable> {
  readonly key: string;
  readonly holds: (thing: T) => boolean;
}

const KEYS: Readonly<
  Record<string, (value: string) => (network: Filterable) => boolean>
> = {
  name: (value) => ({ name }) => name.includes(value),
  id: (value) => ({ id }) => id?.startsWith(value) ?? false,
  driver: (value) => ({ driver }) => driver === value,
  label: (value) => {
    const [key = "", ...rest] = value.split("=");
    return ({ labels = {} }) =>
      Object.hasOwn(labels, key) &&
      (rest.length === 0 || labels[key] === rest.join("="));
  },
  "label!": (value) => (network) => !KEYS.label!(value)(network),
};

/** The flag. */
export const FILTER: {
  readonly type: readonly [Parser<Filter>];
  readonly value: string;
  readonly help: string;
} = {
  type: [parseFilter],
  value: "KEY=VALUE",
  help: "Only those with this name, id, driver or label",
};

/**
 * Reads `KEY=VALUE`, `label=KEY[=VALUE]` or `label!=KEY[=VALUE]`.
 *
 * @throws {Error} that says what is allowed.
 */
export function parseFilter(text: string): Filter {
  const [, key = "", value = ""] = /^([a-z]+!?)=(.+)$/.exec(text) ?? [];
  if (!Object.hasOwn(KEYS, key)) {
    throw new Error(
      "must be name=TEXT, id=TEXT, driver=NAME, label=KEY[=VALUE] or " +
        "label!=KEY[=VALUE]",
    );
  }
  return { key, holds: KEYS[key]!(value) };
}

/**
 * Whether a thing passes: of conditions on the same thing one has to hold,
 * of different ones all; labels all have to be as they are asked for.
 */
export function passes<T>(
  thing: T,
  filters: readonly Filter<T>[],
): boolean {
  const groups = Map.groupBy(filters, ({ key }) => key);
  return [...groups].every(([key, group]) =>
    key.startsWith("label")
      ? group.every(({ holds }) => holds(thing))
      : group.some(({ holds }) => holds(thing))
  );
}
