/**
 * The last thing a monitor does: it notes its container's end in the journal, as
 * `journal/death.ts` has prepared it.
 *
 * @module
 */
import { AT_FDCWD, O } from "../../sys/fd.ts";
import { named, type Program } from "../../runtime/init/program.ts";
import { END_OFFSET, HEADER_SIZE, MOST_BYTES } from "../journal/record.ts";
import { EXIT, NOTED } from "./records.ts";

/** Where a monitor notes its container's end. */
export interface EndFiles {
  /** What it is to append, but for how and when. */
  readonly prepared: string;
  readonly journal: string;
}

/** What of the monitor's record a record of the journal holds too. */
const TOLD = { from: EXIT.exited, size: HEADER_SIZE - END_OFFSET };

/**
 * Appends the prepared record with what descriptor `record` says of the end, and
 * notes there that it is done. What does not work is left to whoever finds the
 * container ended.
 */
export function emitNoteEnd(
  program: Program,
  { prepared, journal }: EndFiles,
  record: number,
): void {
  const buffer = program.space(MOST_BYTES); // no memory until it is used
  const onError = program.label();
  const cwd = named(AT_FDCWD, "AT_FDCWD");
  const from = program.sys("openat", [cwd, prepared, O.CLOEXEC, 0], {
    onError,
  });
  const length = program.sys("read", [from, buffer, MOST_BYTES], { onError });
  program.jumpIf(length, "eq", 0, onError);
  const told = [buffer.plus(END_OFFSET), TOLD.size, TOLD.from];
  program.sys("pread64", [record, ...told], { onError });
  const flags = O.WRONLY | O.APPEND | O.CREAT | O.CLOEXEC;
  const to = program.sys("openat", [
    cwd,
    journal,
    named(flags, "O_WRONLY|O_APPEND|O_CREAT|O_CLOEXEC"),
    0o600,
  ], { onError });
  const written = program.sys("write", [to, buffer, length], { onError });
  program.jumpIf(written, "ne", length, onError);
  const noted = program.bytes(new Uint8Array(Uint32Array.of(NOTED.end).buffer));
  program.sys("pwrite64", [record, noted, 4, EXIT.noted], { onError });
  program.place(onError);
}
