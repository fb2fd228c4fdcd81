/**
 * Health checks: commands that tell whether a container does what it is for,
 * as compose describes them.
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
  integer,
  isObject,
  jsonSchema,
  oneOf,
  optional,
  type Output,
  type Schema,
  strictObject,
} from "../../sys/schema.ts";
import { PlanError } from "../../runtime/plan_error.ts";
import {
  DURATION,
  DURATION_PATTERN,
  parseDuration,
} from "../specification/duration.ts";
import { texts } from "../specification/values.ts";

/** What is done when a container turns unhealthy. */
export const HEALTH_ACTIONS = ["none", "kill", "restart", "stop"] as const;

/** A container's health check, with nothing left open. */
export interface Healthcheck {
  /** The program and its arguments; it exits with 0 in good health. */
  readonly test: readonly string[];
  /** Milliseconds between the end of a check and the next. */
  readonly interval: number;
  /** Milliseconds after which a check is killed, and has failed. */
  readonly timeout: number;
  /** Milliseconds from the start for which failures do not count. */
  readonly startPeriod: number;
  /** Milliseconds between checks in that time. */
  readonly startInterval: number;
  /** How many have to fail in a row. */
  readonly retries: number;
  /** What is done when it turns unhealthy. */
  readonly onFailure: typeof HEALTH_ACTIONS[number];
}

/** Docker's, in milliseconds. */
const DEFAULTS = {
  interval: 30_000,
  timeout: 30_000,
  startPeriod: 0,
  startInterval: 5_000,
  retries: 3,
  onFailure: "none",
} as const;

const SHELL = ["/bin/sh", "-c"];

const TESTS = "a command: a string for the shell, or a list that begins with " +
  "CMD, CMD-SHELL or NONE";

/** A duration, in milliseconds. */
const duration: Schema<number, string> = {
  expected: DURATION,
  json: () => ({ type: "string", pattern: DURATION_PATTERN }),
  read(value, at, problems) {
    if (typeof value !== "string") return refuse(DURATION, value, at, problems);
    try {
      return parseDuration(value);
    } catch {
      return refuse(DURATION, value, at, problems);
    }
  },
};

/** A test, as the program and its arguments; none of them for no check. */
const test: Schema<string[], string | string[]> = {
  expected: TESTS,
  json: () => ({
    anyOf: [
      { type: "string", minLength: 1 },
      { type: "array", items: { type: "string" }, minItems: 1 },
    ],
  }),
  read(value, at, problems) {
    if (typeof value === "string" && value !== "") return [...SHELL, value];
    if (!Array.isArray(value)) return refuse(TESTS, value, at, problems);
    const [kind, ...words] = texts.read(value, at, problems);
    return commandOf(kind, words) ?? refuse(TESTS, value, at, problems);
  },
};

function commandOf(
  kind: string | undefined,
  words: string[],
): string[] | undefined {
  const allowed = new Map([
    ["NONE", words.length === 0],
    ["CMD", words.length > 0],
    ["CMD-SHELL", words.length === 1],
  ]);
  if (kind === undefined || !allowed.get(kind)) return undefined;
  return kind === "CMD-SHELL" ? [...SHELL, ...words] : words;
}

const FIELDS = strictObject({
  test: optional(test),
  interval: optional(duration),
  timeout: optional(duration),
  startPeriod: optional(duration),
  startInterval: optional(duration),
  retries: optional(integer(0, 2 ** 31 - 1)),
  onFailure: optional(oneOf(HEALTH_ACTIONS)),
}, {
  disable: "is said by test: [NONE] here",
  start_period: "is called startPeriod here",
  start_interval: "is called startInterval here",
  exec: "probes belong to a pod; a container has test: [CMD, …]",
  httpGet: "probes belong to a pod; a container has test: [CMD, …]",
  tcpSocket: "probes belong to a pod; a container has test: [CMD, …]",
  periodSeconds: "is called interval here",
  timeoutSeconds: "is called timeout here",
  initialDelaySeconds: "is called startPeriod here",
  failureThreshold: "is called retries here",
});

/** What a specification says of a check. */
export type HealthFields = Output<typeof FIELDS>;

/** `healthcheck`, as far as it is said: a file and flags may each say a part. */
export const healthcheck: typeof FIELDS = {
  expected: FIELDS.expected,
  json: () => ({ ...jsonSchema(FIELDS), minProperties: 1 }),
  read(value: unknown, at: Place, problems: Problem[]) {
    if (isObject(value) && Object.keys(value).length === 0) {
      return complain("says nothing; expected a test", at, problems) as never;
    }
    return FIELDS.read(value, at, problems);
  },
};

/**
 * The check that was asked for, or undefined when none was.
 *
 * @throws {PlanError} when there is nothing to run
 */
export function planHealthcheck(
  fields: HealthFields | undefined,
): Healthcheck | undefined {
  if (!fields) return undefined;
  const { test, ...rest } = fields;
  if (test === undefined) {
    const [said] = Object.keys(rest);
    throw new PlanError(
      `healthcheck: ${said} is said of a check that there is not; give its ` +
        "command with --health-cmd, or as healthcheck.test in a file",
    );
  }
  if (test.length === 0) return undefined;
  // As docker has it: 0 is what is usual.
  const said = Object.entries(rest).filter(([, value]) => value !== 0);
  return { test, ...DEFAULTS, ...Object.fromEntries(said) };
}
