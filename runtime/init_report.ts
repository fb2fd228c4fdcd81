/**
 * What a program of rows leaves behind when a row fails: which, and the errno.
 *
 * @module
 */
import { type Fd, open, read } from "../sys/fd.ts";

/** Where rows failed on the way to a container's program, and why. */
export interface Failure {
  row: number;
  errno: number;
}

/** The failure that a pipe or a file tells of next, or undefined if none. */
export function readReport(report: Fd): Failure | undefined {
  const words = new Uint32Array(2);
  const bytes = new Uint8Array(words.buffer);
  if (read(report.number, bytes) !== bytes.length) return undefined;
  return { row: words[0]!, errno: words[1]! };
}

/** What a failed init wrote, or undefined when it did not. */
export function readFailure(file: Fd): Failure | undefined {
  using again = open(`/proc/self/fd/${file.number}`);
  return readReport(again);
}
