/**
 * `--filter` of commands that list things, as docker has it.
 *
 * @module
 */
import type { Parser } from "./values.ts";

/** One condition. */
export interface Filter<T> {
  readonly key: string;
  readonly holds: (item: T) => boolean;
}

/** What makes a condition of a value; it throws what would be right. */
export type Condition<T> = (value: string) => (item: T) => boolean;

/** The conditions there are, by their keys, each with what its value is. */
export type Conditions<T> = {
  readonly [key: string]: readonly [value: string, condition: Condition<T>];
};

/** The flag, for a table of conditions. */
export function filterFlag<T>(conditions: Conditions<T>): {
  readonly type: readonly [Parser<Filter<T>>];
  readonly value: "KEY=VALUE";
  readonly help: string;
} {
  return {
    type: [(text) => parseFilter(conditions, text)],
    value: "KEY=VALUE",
    help: `Only those with this ${describeKeys(conditions)}`,
  };
}

/** The first few; a wrong one is answered with all. */
function describeKeys<T>(conditions: Conditions<T>): string {
  const SHOWN = 5;
  const keys = Object.keys(conditions).filter((key) => !key.endsWith("!"));
  const more = keys.length > SHOWN ? " …" : "";
  return `${keys.slice(0, SHOWN).join(", ")}${more}`;
}

/**
 * Reads `KEY=VALUE`, or `KEY!=VALUE` where the table has `KEY!`.
 *
 * @throws {Error} that says what is allowed.
 */
export function parseFilter<T>(
  conditions: Conditions<T>,
  text: string,
): Filter<T> {
  const [, key = "", value = ""] = /^([a-z-]+!?)=(.+)$/s.exec(text) ?? [];
  if (!Object.hasOwn(conditions, key)) {
    const allowed = Object.entries(conditions)
      .map(([key, [value]]) => `${key}=${value}`);
    throw new Error(
      `must be ${allowed.slice(0, -1).join(", ")} or ${allowed.at(-1)}`,
    );
  }
  return { key, holds: conditions[key]![1](value) };
}

/**
 * Whether an item passes: of conditions on the same thing one has to hold, of
 * different ones all; labels all have to be as they are asked for.
 */
export function passes<T>(item: T, filters: readonly Filter<T>[]): boolean {
  const groups = Map.groupBy(filters, ({ key }) => key);
  return [...groups].every(([key, group]) =>
    key.startsWith("label")
      ? group.every(({ holds }) => holds(item))
      : group.some(({ holds }) => holds(item))
  );
}

/** Labels by their names. */
export type Labels = { readonly [key: string]: string };

/** The conditions on labels: `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`. */
export function labelConditions<T>(
  labelsOf: (item: T) => Labels | undefined,
): Conditions<T> {
  const label: Condition<T> = (value) => {
    const [key = "", ...rest] = value.split("=");
    return (item) => {
      const labels = labelsOf(item) ?? {};
      return Object.hasOwn(labels, key) &&
        (rest.length === 0 || labels[key] === rest.join("="));
    };
  };
  const none: Condition<T> = (value) => {
    const has = label(value);
    return (item) => !has(item);
  };
  return {
    label: ["KEY[=VALUE]", label],
    "label!": ["KEY[=VALUE]", none],
  };
}
