/**
 * The user and a container that runs in front of them: its output here, their
 * keys and signals there. The output comes from the log, which the monitor
 * writes whether anybody watches or not.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { Fd } from "../sys/fd.ts";
import { openPid, type ProcessId, waitForEnd } from "../sys/process.ts";
import { sleep } from "../sys/timer.ts";
import { trySyscall } from "../sys/syscall.ts";
import type { CaughtSignals } from "../runtime/foreground.ts";
import { pumpInput, tieInput, writeOut } from "../runtime/relay.ts";
import type { Born } from "./birth.ts";
import { followWoken } from "./log/follow.ts";
import { MASTER_FD } from "./monitor_numbers.ts";
import { exitCodeOf } from "./records.ts";
import { readExitFrom } from "./store.ts";

/** How an attached container was left. */
export type Outcome =
  | { kind: "ended"; code: number }
  /** The user typed the keys to detach. */
  | { kind: "detached" };

/**
 * Stays with a container until it ends or the user detaches.
 *
 * @throws {SyscallError} EPIPE when nobody reads the output any more; the
 * container goes on
 */
export async function attend(
  born: Born,
  options: { terminal: boolean; signals: CaughtSignals },
): Promise<Outcome> {
  using initFd = openPid(born.init.pid);
  if (initFd) options.signals.passTo(initFd);
  using master = options.terminal ? await takeMaster(born.monitor) : undefined;
  using tie = master && tieInput(master, { detachKeys: true });
  const input = born.stdin && pumpInput(born.stdin, () => {
    born.stdin?.[Symbol.dispose]();
  });
  try {
    const detached = tie?.detached.then((): Outcome => ({ kind: "detached" }));
    const ended = showOutput(born).then((): Outcome => ({
      kind: "ended",
      code: exitCodeOf(readExitFrom(born.record)),
    }));
    return await (detached ? Promise.race([detached, ended]) : ended);
  } finally {
    input?.cancel();
  }
}

/**
 * Copies the log to stdout and stderr as it grows, until the monitor ends and
 * with it the pipe on which it tells of growth.
 */
async function showOutput({ log, wake, monitor }: Born): Promise<void> {
  if (log && wake) {
    for await (const records of followWoken(log, wake)) {
      for (const { stream, bytes } of records) {
        await writeOut(stream === "stdout" ? 1 : 2, bytes);
      }
    }
  }
  if (monitor) await waitForEnd(monitor);
}

/**
 * The terminal's master, from the monitor, as pidfd_getfd(2). The monitor puts
 * it there a moment after init has sent it.
 */
async function takeMaster(
  monitor: ProcessId | undefined,
): Promise<Fd | undefined> {
  if (!monitor) return undefined;
  using pidfd = openPid(monitor.pid);
  const PATIENCE = 1000; // ms
  const deadline = Date.now() + PATIENCE;
  while (pidfd) {
    const result = trySyscall("pidfd_getfd", pidfd.number, MASTER_FD, 0);
    if (result >= 0) return new Fd(result, "terminal");
    if (result === -ERRNO.ESRCH!) return undefined; // it ended already
    if (result !== -ERRNO.EBADF! || Date.now() > deadline) {
      throw new SyscallError("take the terminal from", "the monitor", -result);
    }
    await sleep(1);
  }
  return undefined;
}
