/**
 * Schemas: what outside data must look like, as values that read it. Reading
 * returns what the rest of the program works with (defaults filled in, legacy
 * spellings settled) and collects every problem with its path.
 *
 * A schema is a plain object with one function, so that having many costs
 * little: reading config.json adds 2 ms to a cold start, where the same schema
 * in zod/mini adds 9.
 *
 * @example
 * ```ts
 * const Root = object({ path: text, readonly: withDefault(flag, false) });
 * type Root = Output<typeof Root>; // { path: string; readonly: boolean }
 * const result = check(Root, JSON.parse(source));
 * if ("problems" in result) throw new SpecError(file, result.problems);
 * ```
 *
 * @module
 */
import { nearest } from "./nearest.ts";
import { complain, type Place, type Problem, refuse } from "./problem.ts";

/** A schema in the words of JSON Schema, as far as those reach. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** A reader of `In`, as it is written, that gives `Out`, as it is used. */
export type Schema<Out, In = Out> = {
  /** Completes "expected …". */
  readonly expected: string;
  /** What it takes, where others than rkl are told: see {@linkcode jsonSchema}. */
  json?(): JsonSchema;
  /** Reads a value; when a problem was added, the result means nothing. */
  read(value: unknown, at: Place, problems: Problem[]): Out;
  /** Only for the type: a schema does not hold data. */
  readonly input?: In;
};

// deno-lint-ignore no-explicit-any -- any schema whatever, as a constraint
type AnySchema = Schema<any, any>;

/** What a schema gives. */
// deno-lint-ignore no-explicit-any
export type Output<T> = T extends Schema<infer Out, any> ? Out : never;

/** What a schema takes: fields with a default may be left out. */
// deno-lint-ignore no-explicit-any
export type Input<T> = T extends Schema<any, infer In> ? In : never;

/** Reads a value with a schema: what it gives, or all that is wrong. */
export function check<Out, In>(
  schema: Schema<Out, In>,
  value: unknown,
): { value: Out } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const read = schema.read(value, null, problems);
  return problems.length === 0 ? { value: read } : { problems };
}

/**
 * What a schema takes, in the words of JSON Schema.
 *
 * @throws {TypeError} for one with a part that nobody is told of
 */
export function jsonSchema(schema: AnySchema): JsonSchema {
  if (schema.json) return schema.json();
  throw new TypeError(`Cannot tell others of a schema: ${schema.expected}`);
}

/** A value that passes a test as it is. */
export function scalar<T>(
  expected: string,
  test: (value: unknown) => boolean,
  json?: () => JsonSchema,
): Schema<T> {
  return {
    expected,
    ...(json && { json }),
    read: (value, at, problems) =>
      test(value) ? value as T : refuse(expected, value, at, problems),
  };
}

/** A string that passes a test; `json` tells of it what JSON Schema can say. */
export function textThat(
  expected: string,
  test: (text: string) => boolean,
  json: JsonSchema = {},
): Schema<string> {
  return scalar(
    expected,
    (value) => typeof value === "string" && test(value),
    () => ({ type: "string", ...json }),
  );
}

/** A string of a certain form. */
export function matching(expected: string, form: RegExp): Schema<string> {
  return textThat(expected, (text) => form.test(text), {
    pattern: form.source,
  });
}

/** true or false. */
export const flag: Schema<boolean> = scalar(
  "true or false",
  (value) => typeof value === "boolean",
  () => ({ type: "boolean" }),
);

/** A whole number in a range, both ends included. */
export function integer(
  min: number,
  max: number,
  expected = `a whole number from ${min} to ${max}`,
): Schema<number> {
  return scalar(
    expected,
    (value) =>
      Number.isInteger(value) && value as number >= min &&
      value as number <= max,
    () => ({ type: "integer", minimum: min, maximum: max }),
  );
}

/** One of a fixed set of words. */
export function oneOf<const T extends readonly string[]>(
  words: T,
): Schema<T[number]> {
  return scalar(
    `one of ${words.join(", ")}`,
    (value) => words.includes(value as string),
    () => ({ enum: words }),
  );
}

/** A list; `what` names its items, in the plural. */
export function list<Out, In>(
  of: Schema<Out, In>,
  what: string,
  min = 0,
): Schema<Out[], In[]> {
  const expected = `a list of ${what}`;
  return {
    expected,
    json: () => ({
      type: "array",
      items: jsonSchema(of),
      ...(min > 0 && { minItems: min }),
    }),
    read(value, above, problems) {
      if (!Array.isArray(value) || value.length < min) {
        return refuse(expected, value, above, problems);
      }
      return value.map((item, key) => of.read(item, { key, above }, problems));
    },
  };
}

/** An object with keys of any name; `what` names its values, in the plural. */
export function record<Out, In>(
  of: Schema<Out, In>,
  what: string,
): Schema<Record<string, Out>, Record<string, In>> {
  const expected = `an object of ${what}`;
  return {
    expected,
    json: () => ({ type: "object", additionalProperties: jsonSchema(of) }),
    read(value, above, problems) {
      if (!isObject(value)) return refuse(expected, value, above, problems);
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          of.read(item, { key, above }, problems),
        ]),
      );
    },
  };
}

type Shape = Record<string, AnySchema>;
type Flat<T> = { [K in keyof T]: T[K] } & unknown;
/** Gives the fields in which undefined is allowed a question mark. */
type Optional<T> = Flat<
  & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & { [K in keyof T as undefined extends T[K] ? K : never]?: T[K] }
>;

/** An object of known fields. */
export type ObjectSchema<T extends Shape> = Schema<
  Optional<{ [K in keyof T]: Output<T[K]> }>,
  Optional<{ [K in keyof T]: Input<T[K]> }>
>;

/** An object of known fields; others are kept, though the type hides them. */
export function object<T extends Shape>(shape: T): ObjectSchema<T> {
  return fields(shape, true, () => {});
}

/**
 * An object of known fields; another one is a problem that says which there
 * are. `hints` tells more of fields that are known from elsewhere.
 */
export function strictObject<T extends Shape>(
  shape: T,
  hints: Readonly<Record<string, string>> = {},
): ObjectSchema<T> {
  const names = Object.keys(shape);
  return fields(shape, false, (value, above, problems) => {
    for (const key of Object.keys(value)) {
      if (!names.includes(key)) {
        const hint = Object.hasOwn(hints, key) ? hints[key] : undefined;
        const near = nearest(key, names);
        const message = hint ??
          `unknown field${near ? `, did you mean ${near}?` : ""}; ` +
            `allowed: ${names.join(", ")}`;
        complain(message, { key, above }, problems, "key");
      }
    }
  });
}

function fields<T extends Shape>(
  shape: T,
  open: boolean,
  others: (value: object, at: Place, problems: Problem[]) => void,
): ObjectSchema<T> {
  const names = Object.keys(shape);
  return {
    expected: "an object",
    json: () => objectJson(shape, open),
    read(value, above, problems) {
      if (!isObject(value)) {
        return refuse("an object", value, above, problems);
      }
      others(value, above, problems);
      const result: Record<string, unknown> = { ...value };
      for (const key of names) {
        const found = Object.hasOwn(value, key) ? value[key] : undefined;
        const read = shape[key]!.read(found, { key, above }, problems);
        if (read === undefined) delete result[key];
        else result[key] = read;
      }
      return result as Output<ObjectSchema<T>>;
    },
  };
}

/** A field is required if its absence is a problem. */
function objectJson(shape: Shape, open: boolean): JsonSchema {
  const required = Object.keys(shape).filter((key) =>
    "problems" in check(shape[key]!, undefined)
  );
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(shape).map(([key, field]) => [key, jsonSchema(field)]),
    ),
    ...(required.length > 0 && { required }),
    ...(!open && { additionalProperties: false }),
  };
}

/** An object in which some fields have other names too. */
export function withAliases<Out, In>(
  schema: Schema<Out, In>,
  aliases: Readonly<Record<string, string>>,
): Schema<Out, In> {
  return {
    expected: schema.expected,
    json: () => aliasJson(jsonSchema(schema), aliases),
    read(value, above, problems) {
      if (!isObject(value)) return schema.read(value, above, problems);
      const settled: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(value)) {
        const name = Object.hasOwn(aliases, key) ? aliases[key]! : key;
        if (Object.hasOwn(settled, name)) {
          const message = `${name} is given twice, under two names`;
          complain(message, { key, above }, problems, "key");
        }
        settled[name] = item;
      }
      return schema.read(settled, above, problems);
    },
  };
}

/** One of a field's names may be there, or has to. */
function aliasJson(
  json: JsonSchema,
  aliases: Readonly<Record<string, string>>,
): JsonSchema {
  const properties: Record<string, unknown> = {
    ...json.properties as Record<string, unknown>,
  };
  for (const [alias, name] of Object.entries(aliases)) {
    const same = `The same as ${name}.`;
    properties[alias] = { ...properties[name] as object, description: same };
  }
  const names = Map.groupBy(Object.entries(aliases), ([, name]) => name);
  const required = json.required as readonly string[] | undefined ?? [];
  const others = required.filter((name) => !names.has(name));
  const { required: _, ...rest } = json;
  return {
    ...rest,
    properties,
    ...(others.length > 0 && { required: others }),
    allOf: [...names].map(([name, entries]) => {
      const all = [name, ...entries.map(([alias]) => alias)];
      const one = all.map((name) => ({ required: [name] }));
      return {
        oneOf: required.includes(name)
          ? one
          : [{ not: { anyOf: one } }, ...one],
      };
    }),
  };
}

/** A value that may be left out. */
export function optional<Out, In>(
  schema: Schema<Out, In>,
): Schema<Out | undefined, In | undefined> {
  return {
    expected: schema.expected,
    json: () => jsonSchema(schema),
    read: (value, at, problems) =>
      value === undefined ? undefined : schema.read(value, at, problems),
  };
}

/** A value that is read from `fallback` when it is left out. */
export function withDefault<Out, In>(
  schema: Schema<Out, In>,
  fallback: In,
): Schema<Out, In | undefined> {
  const told = typeof fallback !== "object";
  return {
    expected: schema.expected,
    json: () => ({ ...jsonSchema(schema), ...(told && { default: fallback }) }),
    read: (value, at, problems) =>
      schema.read(value === undefined ? fallback : value, at, problems),
  };
}

/** A value that is turned into another once it has been found right. */
export function mapped<Out, In, To>(
  schema: Schema<Out, In>,
  turn: (value: Out) => To,
): Schema<To, In> {
  return {
    expected: schema.expected,
    json: () => jsonSchema(schema),
    read(value, at, problems) {
      const before = problems.length;
      const read = schema.read(value, at, problems);
      return problems.length > before ? undefined as To : turn(read);
    },
  };
}

/** The field that is told, as keys from where a rule holds, and what is wrong. */
export type Broken = readonly [keys: PropertyKey[], message: string];

/** A value with rules on several of its fields, once each is right by itself. */
export function withRules<Out, In>(
  schema: Schema<Out, In>,
  broken: (value: Out) => Iterable<Broken>,
): Schema<Out, In> {
  return {
    expected: schema.expected,
    json: () => jsonSchema(schema),
    read(value, at, problems) {
      const before = problems.length;
      const read = schema.read(value, at, problems);
      if (problems.length > before) return read;
      for (const [keys, message] of broken(read)) {
        let place = at;
        for (const key of keys) place = { key, above: place };
        complain(message, place, problems);
      }
      return read;
    },
  };
}

/** Whether a value is what YAML and JSON call an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
