/**
 * Times in rows.
 *
 * @module
 */
import type { Addr, Label, Program } from "../../../runtime/init/program.ts";

/** The two fields of a struct timespec. */
export function split(ms: number): { seconds: number; nanoseconds: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.round((ms - seconds * 1000) * 1e6) };
}

/** Makes a struct timespec `ms` milliseconds. */
export function emitTime(program: Program, time: Addr, ms: number): void {
  const { seconds, nanoseconds } = split(ms);
  program.store(8, time, seconds);
  program.store(8, time.plus(8), nanoseconds);
}

/** Goes on at `otherwise` unless a struct timespec is before `ms` since 1970. */
export function emitUnlessBefore(
  program: Program,
  time: Addr,
  ms: number,
  otherwise: Label,
): void {
  const before = program.label();
  const { seconds, nanoseconds } = split(ms);
  const second = program.load(8, time);
  program.jumpIf(second, "lt", seconds, before);
  program.jumpIf(second, "ne", seconds, otherwise);
  program.jumpIf(program.load(8, time.plus(8)), "geu", nanoseconds, otherwise);
  program.place(before);
}
