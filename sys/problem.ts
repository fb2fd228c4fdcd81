/**
 * What is wrong with outside data: which value, where it stands, and in words a
 * reader of the file understands.
 *
 * @module
 */

/** One wrong value: where it stands, and what it should have been. */
export type Problem = {
  /** Keys and indexes from the root of the data. */
  keys: readonly PropertyKey[];
  /** The keys as a reader would write them, such as `process.args[0]`. */
  path: string;
  /** What was expected and what was there. */
  message: string;
  /** What a pointer into the file should point at. */
  about: "key" | "value";
};

/** Where a value stands: its key, and where what holds it stands. */
export type Place = { key: PropertyKey; above: Place } | null;

/** Adds the problem that a value is not what was expected. */
export function refuse(
  expected: string,
  found: unknown,
  at: Place,
  problems: Problem[],
): never {
  const message = found === undefined
    ? `missing; expected ${expected}`
    : `expected ${expected}, got ${showValue(found)}`;
  complain(message, at, problems);
  return undefined as never;
}

/** Adds a problem in words of its own. */
export function complain(
  message: string,
  at: Place,
  problems: Problem[],
  about: Problem["about"] = "value",
) {
  const keys: PropertyKey[] = [];
  for (let place = at; place !== null; place = place.above) {
    keys.unshift(place.key);
  }
  problems.push({ keys, path: showPath(keys), message, about });
}

/** Writes a path of keys and indexes: `linux.sysctl["net.ipv4.x"]`. */
export function showPath(keys: readonly PropertyKey[]): string {
  let path = "";
  for (const key of keys) {
    const name = String(key);
    if (typeof key === "number") path += `[${key}]`;
    else if (!/^[\w$-]+$/.test(name)) path += `[${JSON.stringify(name)}]`;
    else path += path === "" ? name : `.${name}`;
  }
  return path;
}

/** Quotes a value from outside, on one line and short. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  if (text.length <= 60) return text;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : `${text.slice(0, 57)}…`;
}
