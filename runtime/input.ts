/**
 * Passing on what comes in at stdin.
 *
 * @module
 */
import { EPOLL, type Readiness, waitFor } from "../sys/epoll.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Fd, read, setNonBlocking, write } from "../sys/fd.ts";

/** Where rkl's own input comes from. */
export const STDIN = 0;

const BUFFER = 64 * 1024;

/** How input is passed on. */
export interface PumpOptions {
  /** Told when stdin has ended, its terminal hung up, or the last was passed. */
  ended?: (() => void) | undefined;
  /** What to pass on of what came, and whether that is the last. */
  filter?: (typed: Uint8Array) => { passed: Uint8Array; last: boolean };
}

/**
 * Copies stdin to a descriptor until stdin ends, nobody reads the descriptor
 * any more, or `cancel`.
 */
export function pumpInput(
  to: Fd,
  { ended, filter = passAll }: PumpOptions = {},
): { cancel(): void } {
  let waiting: Readiness | undefined;
  let cancelled = false;
  const buffer = new Uint8Array(BUFFER);
  setNonBlocking(to.number);
  const next = async (fd: number, event: number): Promise<number> => {
    waiting = waitFor(fd, event);
    return await waiting.events;
  };
  let endless = false;
  const arrival = async (): Promise<number> => {
    try {
      if (!endless) return await next(STDIN, EPOLL.IN);
    } catch (error) {
      if (!isUnwatchable(error)) throw error;
      endless = true;
    }
    // What is always there must not keep rkl from all else.
    return await next(to.number, EPOLL.OUT);
  };
  const run = async () => {
    for (;;) {
      const events = await arrival();
      if (cancelled) return;
      const count = read(STDIN, buffer);
      if (count === undefined && !endless && (events & EPOLL.IN)) continue;
      if (!count) return ended?.();
      const { passed, last } = filter(buffer.subarray(0, count));
      for (let at = 0; at < passed.length;) {
        const written = write(to.number, passed.subarray(at));
        if (written !== undefined) at += written;
        else if (!(await next(to.number, EPOLL.OUT) & EPOLL.OUT)) return;
        if (cancelled) return;
      }
      if (last) return ended?.();
    }
  };
  run().catch((error) => {
    // The container ended, and its terminal or pipe with it.
    if (!(error instanceof SyscallError)) throw error;
  });
  return {
    cancel() {
      cancelled = true;
      waiting?.cancel();
    },
  };
}

function passAll(passed: Uint8Array): { passed: Uint8Array; last: boolean } {
  return { passed, last: false };
}

/** epoll takes no files, and no devices such as /dev/null: they never wait. */
function isUnwatchable(error: unknown): boolean {
  return error instanceof SyscallError && error.code === "EPERM";
}
