/**
 * The flags of `rkl container run` and `create` about what becomes of a
 * container later: restarts and health checks.
 *
 * @module
 */
import { parseDuration } from "../../container/specification/duration.ts";
import { HEALTH_ACTIONS } from "../../container/health/healthcheck.ts";
import {
  formatRestartPolicy,
  parseRestartPolicy,
} from "../../container/restart/policy.ts";
import type { SpecificationFields } from "../../container/specification/fields.ts";
import { type FlagTable, type FlagValues, given } from "../flags.ts";
import { UsageError } from "../usage.ts";
import { integer, oneOf, text } from "../values.ts";

/** The table of them. */
export const KEEP_FLAGS = {
  restart: {
    type: restartFlag,
    value: "POLICY",
    help: "no (default), always, on-failure[:N] or unless-stopped",
  },
  healthCmd: {
    type: text,
    value: "COMMAND",
    help: "A command for its shell that fails when it is ill",
  },
  healthInterval: {
    type: durationFlag,
    value: "DURATION",
    help: "Time between checks; 30s by default",
  },
  healthTimeout: {
    type: durationFlag,
    value: "DURATION",
    help: "Time after which a check has failed; 30s by default",
  },
  healthRetries: {
    type: integer(0, 2 ** 31 - 1),
    value: "N",
    help: "Failures in a row that make it unhealthy; 3 by default",
  },
  healthStartPeriod: {
    type: durationFlag,
    value: "DURATION",
    help: "Time from its start for which failures do not count",
  },
  healthStartInterval: {
    type: durationFlag,
    value: "DURATION",
    help: "Time between checks in that time; 5s by default",
  },
  healthOnFailure: {
    type: oneOf(...HEALTH_ACTIONS),
    value: "ACTION",
    help: "When unhealthy: none (default), kill, restart or stop it",
  },
  noHealthcheck: {
    type: Boolean,
    help: "Run no check, whatever the file says",
  },
} as const satisfies FlagTable;

/** What they are worth. */
export type KeepFlags = FlagValues<typeof KEEP_FLAGS>;

/** The type of a flag for a policy; the text, once it is found right. */
function restartFlag(text: string): string {
  return formatRestartPolicy(parseRestartPolicy(text));
}

/** The type of a flag for a duration; the text, once it is found right. */
function durationFlag(text: string): string {
  parseDuration(text);
  return text;
}

/**
 * The fields of a specification that they make by themselves.
 *
 * @throws {UsageError} when they contradict each other
 */
export function keepFields(flags: KeepFlags): Partial<SpecificationFields> {
  const said = given({
    test: flags.healthCmd,
    interval: flags.healthInterval,
    timeout: flags.healthTimeout,
    retries: flags.healthRetries,
    startPeriod: flags.healthStartPeriod,
    startInterval: flags.healthStartInterval,
    onFailure: flags.healthOnFailure,
  });
  const any = Object.keys(said).length > 0;
  if (flags.noHealthcheck && any) {
    throw new UsageError("--no-healthcheck conflicts with --health-* options");
  }
  return {
    ...given({ restart: flags.restart }),
    ...(any && { healthcheck: said }),
    ...(flags.noHealthcheck && { healthcheck: { test: ["NONE"] } }),
  };
}
