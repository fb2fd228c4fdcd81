/**
 * Taking what a monitor keeps for those who attach to its container.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { SyscallError } from "../../sys/errors.ts";
import { Fd, O, open } from "../../sys/fd.ts";
import { openProcess, type ProcessId, signalPidfd } from "../../sys/process.ts";
import { sleep } from "../../sys/timer.ts";
import { trySyscall } from "../../sys/syscall.ts";
import { KEPT, SIGNALS } from "./terms.ts";

/** How long a monitor that was just born may take, in ms. */
const PATIENCE = 1000;

/**
 * The master of a container's terminal. Undefined when it has ended.
 *
 * @throws {SyscallError}
 */
export async function takeMaster(
  monitor: ProcessId,
): Promise<Fd | undefined> {
  using pidfd = openProcess(monitor);
  return pidfd && await take(pidfd, KEPT.master, "the terminal");
}

/**
 * A writing end of a container's stdin. Undefined when it has ended, or reads
 * no more. The monitor keeps one, too, unless this is the `last`: then stdin
 * ends with what is returned.
 *
 * @throws {SyscallError}
 */
export async function takeStdin(
  monitor: ProcessId,
  { last }: { last: boolean },
): Promise<Fd | undefined> {
  using pidfd = openProcess(monitor);
  using pipe = pidfd && await take(pidfd, KEPT.stdinPipe, "stdin");
  const writer = pipe && tryOpenWriter(pipe);
  if (writer && last) signalPidfd(pidfd!, SIGNALS.closeStdin);
  return writer;
}

/** As pidfd_getfd(2). A monitor puts things in their place in a moment. */
async function take(
  monitor: Fd,
  place: number,
  what: string,
): Promise<Fd | undefined> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const result = trySyscall("pidfd_getfd", monitor.number, place, 0);
    if (result >= 0) return new Fd(result, what);
    if (result === -ERRNO.ESRCH!) return undefined; // it ended already
    if (result !== -ERRNO.EBADF! || Date.now() > deadline) {
      throw new SyscallError(`take ${what} from`, "the monitor", -result);
    }
    await sleep(1);
  }
}

/** ENXIO: the container has closed its end. */
function tryOpenWriter(pipe: Fd): Fd | undefined {
  try {
    return open(`/proc/self/fd/${pipe.number}`, O.WRONLY | O.NONBLOCK);
  } catch (error) {
    if (error instanceof SyscallError && error.code === "ENXIO") {
      return undefined;
    }
    throw error;
  }
}
