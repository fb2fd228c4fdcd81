/**
 * Telling whoever is attached of output that they have not seen.
 *
 * @module
 */
import type { Fd } from "../sys/fd.ts";
import { readExitFrom } from "./store.ts";

/**
 * Warns of output that the disk had no room for: what is shown comes from the
 * log.
 */
export function warnOfLostOutput(
  record: Fd,
  warn: (message: string) => void = () => {},
): void {
  const lost = readExitFrom(record)?.exit?.lostBytes ?? 0;
  if (lost > 0) {
    warn(`the disk was full: ${lost} bytes of the container's output are lost`);
  }
}
