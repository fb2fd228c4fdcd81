/**
 * The user's terminal and the container's, tied together: keys in, screen out,
 * and the size of the window.
 *
 * @module
 */
import { EPOLL, type Readiness, waitFor } from "../sys/epoll.ts";
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Fd, read, setNonBlocking, write } from "../sys/fd.ts";
import {
  isTerminal,
  rawMode,
  setWindowSize,
  windowSize,
} from "../sys/terminal.ts";

const STDIN = 0, STDOUT = 1;
const BUFFER = 32 * 1024;

/** Ctrl-P Ctrl-Q, docker's keys to leave a container alone. */
const CTRL_P = 0x10, CTRL_Q = 0x11;

/** Keys on their way into a terminal, until they are gone or detach. */
export class Keys {
  #held = false;

  /** What to pass on of what was typed, and whether to detach. */
  push(typed: Uint8Array): { keys: Uint8Array; detach: boolean } {
    const keys: number[] = [];
    for (const key of typed) {
      if (this.#held && key === CTRL_Q) {
        return { keys: Uint8Array.from(keys), detach: true };
      }
      // Ctrl-P alone waits for the next key.
      if (this.#held) keys.push(CTRL_P);
      this.#held = key === CTRL_P;
      if (!this.#held) keys.push(key);
    }
    return { keys: Uint8Array.from(keys), detach: false };
  }
}

/** A tie between the user and a container; disposing of it unties. */
export interface Tie extends Disposable {
  /** Resolves when the user typed the keys to detach, or hung up. */
  readonly detached: Promise<void>;
}

/**
 * Passes what is typed on to a terminal's master, and follows the size of the
 * window. The user's terminal is raw until the tie is disposed of.
 */
export function tieInput(master: Fd, options: { detachKeys: boolean }): Tie {
  const raw = isTerminal(STDIN) ? rawMode(STDIN) : undefined;
  const resize = () => {
    const size = windowSize(STDOUT) ?? windowSize(STDIN);
    if (size) setWindowSize(master.number, size);
  };
  resize();
  Deno.addSignalListener("SIGWINCH", resize);
  const { promise: detached, resolve: detach } = Promise.withResolvers<void>();
  const keys = new Keys();
  // A terminal that hung up is at its end; other input may end before.
  const input = pumpInput(master, raw && detach, (typed) => {
    if (!options.detachKeys) return typed;
    const { keys: passed, detach: leave } = keys.push(typed);
    if (!leave) return passed;
    detach();
    return undefined;
  });
  return {
    detached,
    [Symbol.dispose]() {
      input.cancel();
      Deno.removeSignalListener("SIGWINCH", resize);
      raw?.[Symbol.dispose]();
    },
  };
}

/**
 * Copies stdin to a descriptor until stdin ends, which `ended` is told, or
 * `cancel`.
 */
export function pumpInput(
  to: Fd,
  ended?: () => void,
  filter: (typed: Uint8Array) => Uint8Array | undefined = (typed) => typed,
): { cancel(): void } {
  let waiting: Readiness | undefined;
  let cancelled = false;
  const buffer = new Uint8Array(BUFFER);
  const always = !watchable(STDIN);
  setNonBlocking(to.number);
  // False when the descriptor was closed instead.
  const next = async (fd: number, event: number): Promise<boolean> => {
    waiting = waitFor(fd, event);
    return (await waiting.events & event) !== 0;
  };
  const run = async () => {
    for (;;) {
      const there = always || await next(STDIN, EPOLL.IN);
      if (cancelled) return;
      const count = read(STDIN, buffer);
      if (count === undefined && there) continue;
      if (count === undefined) return ended?.(); // hung up
      if (count === 0) return ended?.();
      const passed = filter(buffer.subarray(0, count));
      if (!passed) return;
      for (let at = 0; at < passed.length;) {
        const written = write(to.number, passed.subarray(at));
        if (written !== undefined) at += written;
        else if (!await next(to.number, EPOLL.OUT)) return; // closed
        if (cancelled) return;
      }
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

/** epoll takes no regular files; those are always ready. */
function watchable(fd: number): boolean {
  try {
    const { isFile, isDirectory } = Deno.statSync(`/proc/self/fd/${fd}`);
    return !isFile && !isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true; // a pipe, a socket
    throw error;
  }
}

/**
 * Copies what a terminal shows to stdout until its last user closes it, which
 * reads as EIO.
 */
export async function copyOutput(master: Fd): Promise<void> {
  setNonBlocking(master.number);
  const buffer = new Uint8Array(BUFFER);
  for (;;) {
    await waitFor(master.number, EPOLL.IN).events;
    try {
      for (;;) {
        const count = read(master.number, buffer);
        if (count === undefined) break;
        if (count === 0) return;
        await writeOut(STDOUT, buffer.subarray(0, count));
      }
    } catch (error) {
      if (error instanceof SyscallError && error.code === "EIO") return;
      throw error;
    }
  }
}

/**
 * Writes all to a descriptor, waiting where it is a pipe that is full.
 *
 * @throws {SyscallError} EPIPE when nobody will read it any more
 */
export async function writeOut(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const count = write(fd, bytes.subarray(at));
    if (count !== undefined) at += count;
    else if (!(await waitFor(fd, EPOLL.OUT).events & EPOLL.OUT)) {
      throw new SyscallError("write", `descriptor ${fd}`, ERRNO.EPIPE!);
    }
  }
}
