/**
 * How healthy a container is, in docker's words: what its checks said, and what
 * follows from the next one.
 *
 *     ROOT/ID/health.json  {@linkcode Health}, once a check has ended; it goes
 *                          with the life it is about
 *
 * @module
 */
import { replaceFile, tryReadText } from "../../sys/entry.ts";
import { isSameProcess, type ProcessId } from "../../sys/process.ts";
import { directoryOf, type Store } from "../../runtime/store.ts";
import type { ContainerId } from "../id.ts";
import type { Healthcheck } from "./healthcheck.ts";

/** Whether a container is healthy; `starting` until that is known. */
export type HealthStatus = "starting" | "healthy" | "unhealthy";

/** What one check said. */
export interface HealthResult {
  /** When it began, in RFC 3339. */
  readonly Start: string;
  /** When it ended. */
  readonly End: string;
  /** 0 in good health; -1 when it could not run, or took too long. */
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

/** How many results are kept. */
const KEPT = 5;

/** Before the first check. */
export const UNKNOWN: Health = {
  Status: "starting",
  FailingStreak: 0,
  Log: [],
};

/** What follows from a check, `age` milliseconds after the start. */
export function afterCheck(
  { retries, startPeriod }: Healthcheck,
  { Status, FailingStreak, Log }: Health,
  result: HealthResult,
  age: number,
): Health {
  const log = [...Log, result].slice(-KEPT);
  if (result.ExitCode === 0) {
    return { Status: "healthy", FailingStreak: 0, Log: log };
  }
  if (Status === "starting" && age < startPeriod) {
    return { Status, FailingStreak, Log: log };
  }
  const streak = FailingStreak + 1;
  return {
    Status: streak >= retries ? "unhealthy" : Status,
    FailingStreak: streak,
    Log: log,
  };
}

/** Milliseconds until the next check, `age` milliseconds after the start. */
export function pauseAfter(
  { interval, startPeriod, startInterval }: Healthcheck,
  { Status }: Health,
  age: number,
): number {
  return Status === "starting" && age < startPeriod ? startInterval : interval;
}

/** How healthy a container is that lives as `init`. */
export function readHealth(
  store: Store,
  id: ContainerId,
  init: ProcessId,
): Health {
  const text = tryReadText(fileOf(store, id));
  if (text === undefined) return UNKNOWN;
  const { Init, ...health } = JSON.parse(text);
  // Of the life before, when that ended just as its last check did.
  return isSameProcess(Init, init) ? health : UNKNOWN;
}

/** Notes how healthy a container is; one that has gone has no health. */
export function writeHealth(
  store: Store,
  id: ContainerId,
  init: ProcessId,
  health: Health,
): void {
  try {
    replaceFile(fileOf(store, id), JSON.stringify({ Init: init, ...health }));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function fileOf(store: Store, id: ContainerId): string {
  return `${directoryOf(store, id)}/health.json`;
}
