/**
 * Which log a container is asked to have: drivers and their options, with the
 * names docker and compose have for them.
 *
 * @module
 */
import {
  complain,
  type Place,
  type Problem,
  refuse,
} from "../../sys/problem.ts";
import {
  isObject,
  optional,
  type Schema,
  strictObject,
  textThat,
} from "../../sys/schema.ts";
import { PlanError } from "../../runtime/plan_error.ts";
import { parseMemory, QuantityError } from "../specification/quantity.ts";
import { attributesOf, PATTERNS } from "./attributes.ts";
import { type LogLimits, logLimits } from "./limits.ts";
import { BLOCK } from "./record.ts";

/** What becomes of a container's output. */
export type Driver =
  /** It is kept in files of rkl's own. */
  | "local"
  /** It is shown to those who are attached, and not kept. */
  | "none";

/** Names of drivers; what keeps logs in files does so in rkl's own. */
const DRIVERS: ReadonlyMap<string, Driver> = new Map([
  ["local", "local"],
  ["json-file", "local"],
  ["k8s-file", "local"],
  ["none", "none"],
]);

const ALLOWED = "local or none, or json-file or k8s-file for local";

/** As docker's local driver has it. */
const DEFAULTS = { "max-size": "20m", "max-file": "5" };
/** Less is no file of a log. */
const LEAST_SIZE = 1024;

/** Reads an option's value, and throws what would be right. */
type Check = (value: string) => void;

const OPTIONS: Readonly<Record<string, Check>> = {
  "max-size": (value) => void sizeOf(value),
  "max-file": (value) => {
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error("must be 1 or more");
  },
  labels: () => {},
  env: () => {},
  ...PATTERNS,
  mode: only("blocking", "a container waits for nobody but the disk"),
  compress: only("false", "files are not compressed"),
};

/** What others have, and why it is not here. */
const REFUSED: Readonly<Record<string, string>> = {
  "max-buffer-size": "belongs to mode=non-blocking: there is no buffer here",
  path: "cannot be chosen: logs are below the data root, see --data-root",
  tag: "is not supported; choose labels or env, and see logs --details",
};

function only(allowed: string, why: string): Check {
  return (value) => {
    if (value !== allowed) throw new Error(`can only be ${allowed}: ${why}`);
  };
}

/** Bytes of a file; undefined for as many as come. */
function sizeOf(value: string): number | undefined {
  if (value === "-1") return undefined;
  const size = parseMemory(value);
  if (size >= LEAST_SIZE) return size;
  throw new Error("must be 1k or more, or -1 for no limit");
}

/** Options are text, numbers in YAML too. */
const options: Schema<Record<string, string>, Record<string, string | number>> =
  {
    expected: "an object of options",
    json: () => ({
      type: "object",
      propertyNames: { enum: Object.keys(OPTIONS) },
      additionalProperties: { type: ["string", "number", "boolean"] },
    }),
    read(value, above, problems) {
      if (!isObject(value)) {
        return refuse("an object of options", value, above, problems);
      }
      return Object.fromEntries(
        Object.entries(value).map(([key, given]) => {
          const text = String(given);
          const at = { key, above };
          if (!["string", "number", "boolean"].includes(typeof given)) {
            refuse("text or a number", given, at, problems);
          } else checkOption(key, text, at, problems);
          return [key, text];
        }),
      );
    },
  };

function checkOption(
  key: string,
  value: string,
  at: Place,
  problems: Problem[],
): void {
  const check = Object.hasOwn(OPTIONS, key) ? OPTIONS[key] : undefined;
  if (!check) {
    const hint = Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined;
    const known = Object.keys(OPTIONS).join(", ");
    complain(hint ?? `unknown option; allowed: ${known}`, at, problems, "key");
    return;
  }
  try {
    check(value);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { message } = error;
    const whole = error instanceof QuantityError
      ? `${message}, or -1`
      : message;
    complain(whole, at, problems);
  }
}

/** `logging`, as compose has it. */
export const LoggingWish = strictObject({
  driver: optional(
    textThat(ALLOWED, (name) => DRIVERS.has(name), {
      enum: [...DRIVERS.keys()],
    }),
  ),
  options: optional(options),
}, { "log-opts": "is called options here" });

/** What a container's specification says of its log. */
export interface LoggingWish {
  driver?: string | undefined;
  options?: Record<string, string> | undefined;
}

/** A container's log, settled. */
export interface Logging {
  /** What is done with its output. */
  readonly driver: Driver;
  /** As they were given, and the usual ones. */
  readonly options: Readonly<Record<string, string>>;
  /** Labels and variables that were chosen to be told with it. */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Settles a container's log.
 *
 * @throws {PlanError} for options that nothing is done with
 */
export function planLogging(
  { driver: name = "local", options = {} }: LoggingWish,
  container: {
    labels: Readonly<Record<string, string>>;
    env: readonly string[];
  },
): Logging {
  const driver = DRIVERS.get(name) ?? "local";
  const [first] = Object.keys(options);
  if (driver === "none" && first !== undefined) {
    throw new PlanError(
      `logging: the driver none takes no options, such as ${first}`,
    );
  }
  return {
    driver,
    options: driver === "none" ? {} : { ...DEFAULTS, ...options },
    attributes: attributesOf(options, container),
  };
}

/**
 * What is kept of a log. Without a driver it is what those who are attached
 * have not read yet.
 */
export function limitsOf({ driver, options }: Logging): LogLimits {
  if (driver === "none") return { maxSize: 4 * BLOCK, maxFile: 2, spare: 0 };
  const maxSize = sizeOf(options["max-size"] ?? "-1");
  return logLimits({ maxSize, maxFile: Number(options["max-file"] ?? 1) });
}
