/**
 * How healthy a container is, in docker's words, and when it is checked next.
 *
 * @module
 */
import type { Healthcheck } from "./healthcheck.ts";

/** Whether a container is healthy; `starting` until that is known. */
export type HealthStatus = "starting" | "healthy" | "unhealthy";

/** All of these, as `results.ts` numbers them. */
export const HEALTH_STATUSES: readonly HealthStatus[] = [
  "starting",
  "healthy",
  "unhealthy",
];

/** The exit code of a check that could not run, or took too long. */
export const FAILED = -1;

/** What one check said. */
export interface HealthResult {
  /** When it began, in RFC 3339. */
  readonly Start: string;
  /** When it ended. */
  readonly End: string;
  /** 0 in good health; {@linkcode FAILED} when it could not run, or took too long. */
  readonly ExitCode: number;
  /** The beginning of what it wrote. */
  readonly Output: string;
}

/** What `docker inspect` shows as `State.Health`. */
export interface Health {
  /** What the checks so far come to. */
  readonly Status: HealthStatus;
  /** How many checks have failed since the last good one. */
  readonly FailingStreak: number;
  /** The last checks, the newest at the end. */
  readonly Log: readonly HealthResult[];
}

/** How many results are told of. */
export const KEPT_RESULTS = 5;

/** Before the first check. */
export const UNKNOWN: Health = {
  Status: "starting",
  FailingStreak: 0,
  Log: [],
};

/** Milliseconds until the next check, `age` milliseconds after the start. */
export function pauseAfter(
  { interval, startPeriod, startInterval }: Healthcheck,
  { Status }: Pick<Health, "Status">,
  age: number,
): number {
  return Status === "starting" && age < startPeriod ? startInterval : interval;
}
