/**
 * The file in which a caller finds the pid of what was started for it.
 *
 * @module
 */
import { SyscallError } from "../sys/errors.ts";
import { O, open, writeAll } from "../sys/fd.ts";

/**
 * Writes `pid`, as the host sees it, into the file at `path`.
 *
 * @throws {SyscallError}
 */
export function writePidFile(path: string, pid: number): void {
  try {
    using file = open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o644);
    writeAll(file.number, new TextEncoder().encode(String(pid)));
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new SyscallError("write the pid file", path, error.errno);
  }
}
