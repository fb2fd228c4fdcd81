/**
 * A log at the beginning of a life of its container.
 *
 * @module
 */
import {
  endOf,
  fileName,
  listFiles,
  type LogPlace,
  openFile,
  openLog,
  trimLog,
} from "./files.ts";
import type { LogLimits } from "./limits.ts";
import { limitsOf, type Logging } from "./logging.ts";
import { LogReader } from "./reader.ts";

/** Opens a log for a monitor; what is not to be kept is removed. */
export function prepareLog(
  directory: string,
  logging: Logging,
): LogPlace & { limits: LogLimits } {
  if (logging.driver === "none") {
    for (const number of listFiles(directory)) {
      Deno.removeSync(`${directory}/${fileName(number)}`);
    }
  }
  const limits = limitsOf(logging);
  trimLog(directory, limits.maxFile);
  return Object.assign(openLog(directory), { limits });
}

/** Reads what is written from now on; the monitor waits for it. */
export function readFromHere(
  directory: string,
  { number, end }: LogPlace,
): LogReader {
  const from = { file: number, offset: end };
  return new LogReader(directory, { from, hold: "wait" });
}

/**
 * Reads what is written from now on to a log that a monitor is at already; it
 * waits for the reader from here on.
 */
export function joinLog(directory: string): LogReader {
  const number = listFiles(directory).at(-1);
  using file = number === undefined
    ? undefined
    : openFile(directory, number, "follow");
  const from = file && { file: number!, offset: endOf(file).end };
  return new LogReader(directory, { from, hold: "wait" });
}
