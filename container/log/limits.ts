/**
 * How much of a log is kept.
 *
 * @module
 */

/** What a monitor keeps to. */
export interface LogLimits {
  /** Bytes of a file; as many as come when absent, and then one file. */
  readonly maxSize?: number | undefined;
  /** Files, the one that is written included. */
  readonly maxFile: number;
  /** Files more, for those who follow and have not read them yet. */
  readonly spare: number;
}

/** What may pile up for followers. */
const SPARE_BYTES = 2 ** 30;

/** Limits by the size and the number of files. */
export function logLimits(
  { maxSize, maxFile }: { maxSize?: number | undefined; maxFile: number },
): LogLimits {
  const spare = maxSize === undefined ? 0 : Math.ceil(SPARE_BYTES / maxSize);
  return { maxSize, maxFile, spare };
}
