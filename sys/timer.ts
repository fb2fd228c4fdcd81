/**
 * Time that passes, as a descriptor among those that are waited for. The first
 * use of `setTimeout` loads 4 ms of Deno and more.
 *
 * @module
 */
import { waitFor } from "./epoll.ts";
import { Fd, O } from "./fd.ts";
import { words } from "./memory.ts";
import { syscall, trySyscall } from "./syscall.ts";

/** A time that is running. Disposing of it stops it. */
export interface Timer extends Disposable {
  /** Resolves when the time is over, and never once it was stopped. */
  readonly over: Promise<void>;
}

/**
 * Starts a timer of `ms` milliseconds, as timerfd_create(2); by Deno's clock
 * where there is no descriptor left for one.
 */
export function startTimer(ms: number): Timer {
  const CLOCK_MONOTONIC = 1;
  const flags = O.CLOEXEC | O.NONBLOCK; // TFD_CLOEXEC and TFD_NONBLOCK
  const number = trySyscall("timerfd_create", CLOCK_MONOTONIC, flags);
  if (number < 0) return startWithoutDescriptor(ms);
  const timer = new Fd(number, "timer");
  syscall("timerfd_settime", timer.number, 0, itimerspec(ms), null);
  const wait = waitFor(timer.number);
  return {
    over: wait.events.then(() => timer[Symbol.dispose]()),
    [Symbol.dispose]() {
      wait.cancel();
      timer[Symbol.dispose]();
    },
  };
}

/** The two fields of a struct timespec. */
export function timespec(ms: number): { seconds: number; nanoseconds: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.round((ms % 1000) * 1e6) };
}

/**
 * `struct itimerspec { struct timespec it_interval, it_value; }` that goes off
 * once, as timerfd_settime(2); never at once, as 0 would be off.
 */
export function itimerspec(ms: number): Uint8Array {
  const { seconds, nanoseconds } = timespec(ms);
  return words(0, 0, seconds, Math.max(1, nanoseconds));
}

function startWithoutDescriptor(ms: number): Timer {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return { over: promise, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Resolves after `ms` milliseconds. */
export async function sleep(ms: number): Promise<void> {
  await startTimer(ms).over;
}

/** Whether a promise was settled before `ms` milliseconds were over. */
export async function within(
  ms: number,
  promise: Promise<void>,
): Promise<boolean> {
  using timer = startTimer(ms);
  return await Promise.race([
    promise.then(() => true),
    timer.over.then(() => false),
  ]);
}
