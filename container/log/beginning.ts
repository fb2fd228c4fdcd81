/**
 * A log at the beginning of a life of its container.
 *
 * @module
 */
import {
  fileName,
  listFiles,
  type LogPlace,
  openLog,
  trimLog,
} from "./files.ts";
import type { LogLimits } from "./limits.ts";
import { limitsOf, type Logging } from "./logging.ts";

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
