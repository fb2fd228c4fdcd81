/**
 * Times in rows.
 *
 * @module
 */
import { timespec } from "../../../sys/timer.ts";
import {
  type Addr,
  deref,
  type Label,
  named,
  type Program,
} from "../../../runtime/init/program.ts";

/** Makes a struct timespec `ms` milliseconds. */
export function emitTime(program: Program, time: Addr, ms: number): void {
  const { seconds, nanoseconds } = timespec(ms);
  program.store(8, time, seconds);
  program.store(8, time.plus(8), nanoseconds);
}

/**
 * Makes a struct timespec, a time from now, end at a multiple of `grid`
 * milliseconds of a second, or at most so much later: what others do at that
 * moment is in the processor's caches.
 */
export function emitAlign(program: Program, time: Addr, grid: number): void {
  const SECOND = 1_000_000_000;
  const now = program.space(16);
  const over = program.space(8);
  const less = program.label(), within = program.label();
  const done = program.label();
  program.sys("clock_gettime", [named(1, "CLOCK_MONOTONIC"), now]);
  const nanoseconds = time.plus(8);
  const end = program.add(program.load(8, now.plus(8)), deref(nanoseconds));
  program.store(8, over, end);
  program.place(less);
  program.jumpIf(deref(over), "ltu", grid * 1e6, within);
  program.store(8, over, program.sub(deref(over), grid * 1e6));
  program.jump(less);
  program.place(within);
  const later = program.sub(grid * 1e6, deref(over));
  program.store(8, nanoseconds, program.add(deref(nanoseconds), later));
  program.jumpIf(deref(nanoseconds), "ltu", SECOND, done);
  program.store(8, nanoseconds, program.sub(deref(nanoseconds), SECOND));
  program.store(8, time, program.add(deref(time), 1));
  program.place(done);
}

/** Goes on at `otherwise` unless a struct timespec is before `ms` since 1970. */
export function emitUnlessBefore(
  program: Program,
  time: Addr,
  ms: number,
  otherwise: Label,
): void {
  const before = program.label();
  const { seconds, nanoseconds } = timespec(ms);
  const second = program.load(8, time);
  program.jumpIf(second, "lt", seconds, before);
  program.jumpIf(second, "ne", seconds, otherwise);
  program.jumpIf(program.load(8, time.plus(8)), "geu", nanoseconds, otherwise);
  program.place(before);
}
