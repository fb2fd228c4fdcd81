/**
 * Moments in words, to the nanosecond.
 *
 * @module
 */

const SECOND = 1_000_000_000n;

let known = { second: -1n, text: "" };

/** RFC 3339 in UTC with nine digits of a second, as docker prints it. */
export function stamp(time: bigint): string {
  const second = time / SECOND;
  if (known.second !== second) {
    const text = new Date(Number(second) * 1000).toISOString().slice(0, 19);
    known = { second, text };
  }
  return `${known.text}.${String(time % SECOND).padStart(9, "0")}Z`;
}
