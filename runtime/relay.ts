/**
 * The user's terminal and the container's, tied together: keys in, screen out,
 * and the size of the window.
 *
 * @module
 */
import { EPOLL, waitFor } from "../sys/epoll.ts";
import { SyscallError } from "../sys/errors.ts";
import { duplicate, type Fd, read, setNonBlocking } from "../sys/fd.ts";
import {
  isTerminal,
  rawMode,
  setWindowSize,
  windowSize,
} from "../sys/terminal.ts";
import { type DetachKeys, Keys } from "./detach_keys.ts";
import { pumpInput, STDIN } from "./input.ts";
import { writeOut } from "./output.ts";

const STDOUT = 1;
const BUFFER = 32 * 1024;

/** How a terminal is tied to the user's. */
export interface TieOptions {
  /** Whether keys are passed on. */
  input: boolean;
  detachKeys: DetachKeys;
  /** Have what runs there draw its screen again. */
  redraw?: boolean;
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
export function tie(master: Fd, options: TieOptions): Tie {
  using stack = new DisposableStack();
  stack.use(followWindow(master, options.redraw ?? false));
  const { promise: detached, resolve: detach } = Promise.withResolvers<void>();
  if (options.input) {
    const raw = isTerminal(STDIN) ? stack.use(rawMode(STDIN)) : undefined;
    const keys = new Keys(options.detachKeys);
    let left = false;
    // Waiting to write is one wait, and waiting to read may be another.
    const writer = stack.use(duplicate(master));
    const input = pumpInput(writer, {
      filter(typed) {
        const { keys: passed, detach: last } = keys.push(typed);
        left ||= last;
        return { passed, last };
      },
      // A terminal that hung up is at its end; other input may end before.
      ended: () => {
        if (raw || left) detach();
      },
    });
    stack.defer(input.cancel);
  }
  const kept = stack.move();
  return { detached, [Symbol.dispose]: () => kept.dispose() };
}

/**
 * Gives a terminal the size of the user's window, now and when that changes.
 * Programs draw anew when the size changes, so `redraw` gives it another first.
 */
function followWindow(master: Fd, redraw: boolean): Disposable {
  const resize = () => {
    const size = userWindow();
    if (size) setWindowSize(master.number, size);
  };
  const size = redraw ? userWindow() : undefined;
  if (size) {
    const { width, height } = size;
    setWindowSize(master.number, { width: width + 1, height: height + 1 });
  }
  resize();
  Deno.addSignalListener("SIGWINCH", resize);
  return {
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGWINCH", resize),
  };
}

/** The size of the user's window; undefined where there is none. */
export function userWindow() {
  return windowSize(STDOUT) ?? windowSize(STDIN);
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
