/**
 * Amounts of bytes, for people.
 *
 * @module
 */

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** Up to four digits and a decimal unit, as docker writes it: `1.235GB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${UNITS[unit]}`;
}
