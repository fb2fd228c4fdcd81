/**
 * A log at the beginning of a life of its container.
 *
 * @module
 */
import type { LogFiles } from "../monitor_log.ts";
import { fileName, listFiles, openLog, trimLog } from "./files.ts";
import { limitsOf, type Logging } from "./logging.ts";
import { LogReader } from "./reader.ts";
import { endOfLog } from "./search.ts";

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

/** Reads what is written from now on; the monitor waits for it. */
export function readFromHere(directory: string): LogReader {
  return new LogReader(directory, { from: endOfLog(directory), hold: "wait" });
}
