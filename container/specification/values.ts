/**
 * The kinds of value a container's specification is made of.
 *
 * @module
 */
import { parseSignal } from "../../sys/signals.ts";
import { nearest } from "../../sys/nearest.ts";
import { complain, refuse } from "../../sys/problem.ts";
import {
  integer,
  isObject,
  type JsonSchema,
  jsonSchema,
  list,
  mapped,
  matching,
  optional,
  record,
  type Schema,
  strictObject,
  textThat,
  withDefault,
} from "../../sys/schema.ts";
import type { Rlimit } from "../../runtime/spec.ts";
import { CAPABILITIES, RLIMITS } from "../../runtime/spec/tables.ts";
import { QuantityError } from "./quantity.ts";
import type { NameValue, Ulimit } from "./fields.ts";

/** A string. YAML reads `1` and `yes` as something else, so it says so. */
export const text: Schema<string> = {
  expected: "a string",
  json: () => ({ type: "string" }),
  read(value, at, problems) {
    if (typeof value === "string" && !value.includes("\0")) return value;
    if (typeof value !== "number" && typeof value !== "boolean") {
      return refuse("a string", value, at, problems);
    }
    const message = `expected a string, got ${value}; put it in quotes`;
    return complain(message, at, problems) as never;
  },
};

/** A list of strings. */
export const texts = list(text, "strings");

/** An object of strings. */
export const textMap = record(text, "strings");

/** A path in the container, or on the host. */
export const absolutePath = matching("an absolute path", /^\/[^\0]*$/);

const GROUP = /^[^:,\s\0]+$/;

/** A user or group id. */
export const id = integer(0, 0xffff_fffe);

/** A group, by name or id. */
export const group: Schema<string | number> = {
  expected: "the name or id of a group",
  json: () => ({
    anyOf: [jsonSchema(id), { type: "string", pattern: GROUP.source }],
  }),
  read: (value, at, problems) =>
    typeof value === "string" && GROUP.test(value)
      ? value
      : typeof value === "string"
      ? refuse("the name or id of a group", value, at, problems)
      : id.read(value, at, problems),
};

/** An octal mode. YAML would read 022 as twenty-two, so it is a string. */
export const umask = mapped(
  matching('octal digits in quotes, such as "022"', /^0?[0-7]{1,3}$/),
  (text) => parseInt(text, 8),
);

/**
 * A value another parser reads, and refuses with its own words; `json` is what
 * JSON Schema can say of it.
 */
export function parsed<T>(
  expected: string,
  parse: (value: string | number) => T,
  refusal: (error: unknown) => boolean,
  json: JsonSchema = { type: "string" },
): Schema<T, string | number> {
  return {
    expected,
    json: () => json,
    read(value, at, problems) {
      if (typeof value !== "string" && typeof value !== "number") {
        return refuse(expected, value, at, problems);
      }
      try {
        return parse(value);
      } catch (error) {
        if (!(error instanceof Error) || !refusal(error)) throw error;
        return complain(error.message, at, problems) as never;
      }
    },
  };
}

/** A quantity of `least` or more, turned into what a cgroup counts. */
export function quantity<T>(
  parse: (value: string | number) => T,
  least = 0,
): Schema<T, string | number> {
  return parsed(
    "a quantity such as 500m or 64Mi",
    parse,
    (error) => error instanceof QuantityError,
    {
      title: "quantity",
      type: ["string", "number"],
      pattern: QUANTITY,
      minimum: least,
    },
  );
}

/** A quantity that is not negative, as a regular expression. */
const QUANTITY = "^\\+?(\\d+(\\.\\d*)?|\\.\\d+)" +
  "(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|n|u|[eE][+-]?\\d+)?$";

/** A signal by name or number, as its number. */
export const signal = parsed(
  "a signal such as SIGTERM or 15",
  (value) => parseSignal(String(value)),
  () => true,
  {
    title: "signal",
    anyOf: [
      { type: "integer", minimum: 1, maximum: 64 },
      { type: "string", pattern: "^[A-Za-z]+\\d*([+-]\\d{1,2})?$|^\\d{1,2}$" },
    ],
  },
);

/** A name and its value, of the environment or of the kernel. */
export type Pair = { name: string; value: string };

/**
 * Names and values: Kubernetes' list of `{name, value}`, or an object. `what`
 * a name may be completes "expected …".
 */
export function pairs(
  what: string,
  isName: (name: string) => boolean,
  form: RegExp,
): Schema<Pair[], NameValue[] | Record<string, string>> {
  const expected = "a list of {name, value}, or an object of strings";
  const nameForm = { pattern: form.source };
  const items = list(
    strictObject(
      {
        name: textThat(what, isName, nameForm),
        value: withDefault(text, ""),
      },
      { valueFrom: "valueFrom needs a cluster's objects; give a value" },
    ),
    "{name, value}",
  );
  return {
    expected,
    json: () => ({
      anyOf: [
        jsonSchema(items),
        { ...jsonSchema(textMap), propertyNames: nameForm },
      ],
    }),
    read(value, above, problems) {
      if (Array.isArray(value)) return items.read(value, above, problems);
      if (!isObject(value)) return refuse(expected, value, above, problems);
      return Object.entries(value).map(([name, item]) => {
        const at = { key: name, above };
        if (!isName(name)) {
          complain(`expected ${what} as the name`, at, problems, "key");
        }
        return { name, value: text.read(item, at, problems) };
      });
    },
  };
}

/** Capabilities with or without CAP_, in either case, or ALL. */
export const capabilities: Schema<string[]> = {
  expected: "a list of capabilities",
  json() {
    const upper = [...CAPABILITIES.keys()].map((name) => name.slice(4));
    const lower = upper.join("|").toLowerCase();
    return {
      type: "array",
      items: {
        title: "capability",
        anyOf: [
          { enum: ["ALL", ...upper] },
          { pattern: `^(CAP_(${upper.join("|")})|all|(cap_)?(${lower}))$` },
        ],
      },
    };
  },
  read(value, above, problems) {
    const names = texts.read(value, above, problems) ?? [];
    return names.map((written, key) => {
      const upper = String(written).toUpperCase();
      const name = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
      if (upper === "ALL") return "ALL";
      if (typeof written === "string" && !CAPABILITIES.has(name)) {
        const near = nearest(name, CAPABILITIES.keys());
        const message = `the kernel has no capability "${written}"` +
          (near ? `, did you mean ${near.slice(4)}?` : "; see capabilities(7)");
        complain(message, { key, above }, problems);
      }
      return name;
    });
  },
};

const limit = mapped(
  integer(-1, Number.MAX_SAFE_INTEGER, "a whole number, or -1 for no limit"),
  (n) => n === -1 ? 2 ** 64 : n, // RLIM_INFINITY
);
const limits = strictObject({ soft: limit, hard: optional(limit) });

/** Resource limits as compose writes them: `nofile: 1024`, or soft and hard. */
export const ulimits: Schema<Rlimit[], Record<string, Ulimit>> = {
  expected: "an object of limits",
  json() {
    const either = { anyOf: [jsonSchema(limit), jsonSchema(limits)] };
    return {
      type: "object",
      propertyNames: { enum: ulimitNames() },
      additionalProperties: either,
    };
  },
  read(value, above, problems) {
    if (!isObject(value)) {
      return refuse("an object of limits", value, above, problems);
    }
    return Object.entries(value).map(([key, given]) => {
      const at = { key, above };
      const type = `RLIMIT_${key.toUpperCase()}`;
      if (!RLIMITS.has(type)) {
        const known = ulimitNames();
        const near = nearest(key, known);
        const message = "unknown limit" +
          (near ? `, did you mean ${near}?` : "") +
          `; allowed: ${known.join(", ")}`;
        complain(message, at, problems, "key");
      }
      const { soft, hard = soft } = isObject(given)
        ? limits.read(given, at, problems) ?? { soft: 0 }
        : { soft: limit.read(given, at, problems) };
      if (soft > hard) {
        const message = `soft is ${soft}, more than hard, ${hard}`;
        complain(message, at, problems);
      }
      return { type, soft, hard };
    });
  },
};

/** As `ulimit` and docker call them. */
function ulimitNames(): string[] {
  return [...RLIMITS.keys()].map((name) => name.slice(7).toLowerCase());
}
