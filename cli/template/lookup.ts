/**
 * What `.Name` is of a value.
 *
 * @module
 */
import { mistake, unknownWord } from "./mistake.ts";
import type { Field } from "./syntax.ts";
import { dataOf, describeKind, kindOf, View } from "./value.ts";

/** What cannot be seen in an object; names in any case, at whatever depth. */
export interface Shape {
  /** Fields that an object may lack; they are `<no value>` then. */
  readonly optional?: readonly string[];
  /** Fields whose keys are the user's, such as labels: any may be asked for. */
  readonly maps?: readonly string[];
}

/** Finds a field of a value, and calls it where it is a function. */
export type Lookup = (
  value: unknown,
  field: Field,
  args: readonly unknown[],
) => unknown;

/** How fields are found in objects of this shape. */
export function lookupIn({ optional = [], maps = [] }: Shape): Lookup {
  const mayLack = new Set(optional.map((name) => name.toLowerCase()));
  const isMap = new Set(maps.map((name) => name.toLowerCase()));
  return (value, field, args) => {
    const found = find(value, field, mayLack);
    if (typeof found === "function") return call(found, field, args);
    if (args.length > 0) throw mistake(field.source, "it takes no arguments");
    return isMap.has(field.name.toLowerCase()) && isPlain(found)
      ? new Map(Object.entries(found))
      : found;
  };
}

function find(
  value: unknown,
  { name, source }: Field,
  mayLack: ReadonlySet<string>,
): unknown {
  const data = dataOf(value);
  if (data instanceof Map) return data.get(name);
  if (data === undefined) return undefined;
  if (kindOf(data) !== "map") {
    throw mistake(source, `${describeKind(data)} has no fields`);
  }
  const own = data as Readonly<Record<string, unknown>>;
  const more = value instanceof View ? value.fields : {};
  if (Object.hasOwn(more, name)) return more[name]!(data);
  if (Object.hasOwn(own, name)) return own[name];
  const wanted = name.toLowerCase();
  const alike = (key: string) => key.toLowerCase() === wanted;
  const further = Object.keys(more).find(alike);
  if (further !== undefined) return more[further]!(data);
  const key = Object.keys(own).find(alike);
  if (key !== undefined) return own[key];
  if (mayLack.has(wanted)) return undefined;
  throw mistake(source, unknownWord("field", name, knownFields(more, own)));
}

/** Of names that differ in case only, the first. */
function knownFields(more: object, own: object): string[] {
  const names = [...Object.keys(more), ...Object.keys(own)];
  return [...Map.groupBy(names, (name) => name.toLowerCase()).values()]
    .map(([name]) => name!);
}

// deno-lint-ignore ban-types -- what typeof has found
function call(found: Function, { source }: Field, args: readonly unknown[]) {
  if (args.length === found.length) return found(...args);
  const words = found.length === 1 ? "1 argument" : `${found.length} arguments`;
  throw mistake(source, `it takes ${words}, not ${args.length}`);
}

function isPlain(value: unknown): value is object {
  return kindOf(value) === "map" && !(value instanceof Map);
}
