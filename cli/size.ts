/**
 * Amounts of bytes, for people.
 *
 * @module
 */

const DECIMAL = ["B", "kB", "MB", "GB", "TB", "PB"] as const;
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Up to four digits, or so many, and a decimal unit, as docker: `1.235GB`. */
export function formatSize(bytes: number, digits = 4): string {
  return format(bytes, 1000, DECIMAL, digits);
}

/** Up to four digits and a binary unit, as docker writes memory: `1.195MiB`. */
export function formatBinarySize(bytes: number): string {
  return format(bytes, 1024, BINARY, 4);
}

function format(
  bytes: number,
  step: number,
  units: readonly string[],
  digits: number,
): string {
  let value = bytes;
  let unit = 0;
  while (value >= step && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  return `${Number(value.toPrecision(digits))}${units[unit]}`;
}
