/**
 * A log at the beginning of a life of its container.
 *
 * @module
 */
import type { LogFiles } from "../monitor_log.ts";
import {
  fileName,
  listFiles,
  type LogPlace,
  openLog,
  trimLog,
} from "./files.ts";
import { limitsOf, type Logging } from "./logging.ts";
import { LogReader } from "./reader.ts";

/** Opens a log for a monitor; what is not to be kept is removed. */
export function prepareLog(
  directory: string,
  logging: Logging,
): LogFiles & Disposable {
  if (logging.driver === "none") {
    for (const number of listFiles(directory)) {
      Deno.removeSync(`${directory}/${fileName(number)}`);
    }
  }
  const limits = limitsOf(logging);
  trimLog(directory, limits.maxFile);
  return Object.assign(openLog(directory), { limits });
}

/** Reads what is written from now on, before which the monitor waits. */
export function readFromHere(
  directory: string,
  { last, number }: LogPlace,
): LogReader {
  const { size } = Deno.statSync(`/proc/self/fd/${last.number}`);
  const from = { file: number, offset: size };
  return new LogReader(directory, { from, hold: "wait" });
}
