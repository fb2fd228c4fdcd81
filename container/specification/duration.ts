/**
 * Durations as docker and compose write them, which is as Go does.
 *
 * @module
 */

/** Milliseconds in each unit. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g;

/** What a duration looks like; completes "expected …". */
export const DURATION = "a duration such as 30s, 1m30s or 500ms";

/** The same as a regular expression, for others. */
export const DURATION_PATTERN =
  "^(0|((\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|ms|s|m|h))+)$";

/**
 * Reads a duration, in milliseconds.
 *
 * @throws {Error} that says what one looks like
 *
 * @example
 * ```ts
 * parseDuration("1m30s"); // 90000
 * ```
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const parts = [...text.matchAll(PART)];
  const whole = parts.map(([part]) => part).join("");
  if (text === "" || whole !== text) throw new Error(`must be ${DURATION}`);
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!,
    0,
  );
}

/** Writes milliseconds as Go does: `1m30s`, `1.5s`, `500ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = ms / 1000;
  const [hours, minutes] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60),
  ];
  const rest = `${Number((seconds % 60).toFixed(3))}s`;
  if (hours > 0) return `${hours}h${minutes % 60}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
