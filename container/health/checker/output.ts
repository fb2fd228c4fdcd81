/**
 * Rows that read what a check writes: the beginning is kept, the rest is let go.
 *
 * @module
 */
import { POLLFD } from "../../../runtime/emit/poll.ts";
import type {
  Addr,
  Program,
  Subroutine,
} from "../../../runtime/init/program.ts";
import { KEPT_OUTPUT } from "../results.ts";

/** Bytes that are looked for: one more than is kept tells that there are more. */
const MOST = KEPT_OUTPUT + 1;

/** What reads the output of checks. */
export interface OutputReader {
  /** What was written, as far as it is kept. */
  readonly buffer: Addr;
  /** The pollfd of the pipe, which waits without end. */
  readonly source: Addr;
  /** u32: how much was read, and no more than {@linkcode MOST}. */
  readonly length: Addr;
  /** i64: what the last read got. */
  readonly got: Addr;
  readonly routine: Subroutine;
}

/** Places the rows of a reader, which go on behind them. */
export function outputReader(
  program: Program,
  source: Addr,
  length: Addr,
): OutputReader {
  const buffer = program.space(MOST); // no memory until it is used
  const scratch = program.space(MOST);
  const got = program.space(8);
  const routine = program.subroutine();
  const past = program.label(), full = program.label(), back = program.label();
  program.jump(past);
  program.place(routine.entry);
  const fd = program.load(4, source);
  const known = program.load(4, length);
  program.jumpIf(known, "geu", MOST, full);
  const room = program.sub(MOST, known);
  const count = program.sys("read", [fd, program.add(known, buffer), room], {
    onError: "ignore",
  });
  program.store(8, got, count);
  program.jumpIf(count, "lt", 1, back);
  program.store(4, length, program.add(known, count));
  program.jump(back);
  program.place(full);
  const lost = program.sys("read", [fd, scratch, MOST], { onError: "ignore" });
  program.store(8, got, lost);
  program.place(back);
  program.comeBack(routine);
  program.place(past);
  return { buffer, source, length, got, routine };
}

/** Reads once; a pipe that nobody writes to any more is not waited for. */
export function emitReadOnce(
  program: Program,
  { source, got, routine }: OutputReader,
): void {
  const more = program.label();
  program.call(routine);
  program.jumpIf(program.load(8, got), "ne", 0, more);
  program.store(4, source, -1);
  program.store(2, source.plus(POLLFD.revents), 0);
  program.place(more);
}

/** Reads what there is and is kept; who is left behind may write on. */
export function emitDrain(
  program: Program,
  { source, length, got, routine }: OutputReader,
): void {
  const again = program.label(), done = program.label();
  program.place(again);
  program.jumpIf(program.load(4, length), "geu", MOST, done);
  program.jumpIf(program.load(4, source), "eq", 0xffff_ffff, done);
  program.call(routine);
  program.jumpIf(program.load(8, got), "ge", 1, again);
  program.place(done);
}
