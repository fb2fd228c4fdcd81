/**
 * Archives on stdout.
 *
 * @module
 */
import { SyscallError } from "../sys/errors.ts";
import { Fd } from "../sys/fd.ts";
import { isTerminal } from "../sys/terminal.ts";
import { OutputClosed } from "./output.ts";
import { UsageError } from "./usage.ts";

/**
 * Has `action` write data to stdout, which is no terminal.
 *
 * @throws {UsageError | OutputClosed}
 */
export async function toStdout(
  action: (out: Fd) => Promise<void>,
): Promise<void> {
  const STDOUT = 1;
  if (isTerminal(STDOUT)) {
    throw new UsageError(
      "stdout is a terminal, which is no place for an archive; redirect it",
    );
  }
  try {
    await action(new Fd(STDOUT, "stdout"));
  } catch (error) {
    const isClosed = error instanceof SyscallError && error.code === "EPIPE";
    throw isClosed ? new OutputClosed() : error;
  }
}
