/**
 * How a checker writes what a check has said.
 *
 * @module
 */
import { type Addr, type Arg, deref } from "../../../runtime/init/program.ts";
import {
  KEPT_OUTPUT,
  KIND,
  outputAt,
  RESULT,
  resultAt,
  SLOTS,
  STATE,
} from "../results.ts";
import { emitTell, type Memory } from "./memory.ts";
import { CLOCK_REALTIME, NEWS_KIND } from "./terms.ts";
import { emitVerdict } from "./verdict.ts";

/** Writes the result, and what it comes to. */
export function emitNote(memory: Memory, buffer: Addr): void {
  const { program, checked, state, result } = memory;
  const { slot, resultPlace, outputPlace } = memory;
  const { results } = checked.files;
  const explained = program.label(), silent = program.label();
  const same = program.label(), whole = program.label();
  program.sys("clock_gettime", [CLOCK_REALTIME, result.plus(RESULT.end)]);
  const before = program.load(4, state.plus(STATE.status));
  const { check, counting } = checked;
  emitVerdict(program, { state, result, check, counting });

  const write = (from: Addr, size: Arg, place: Arg) =>
    program.sys("pwrite64", [results, from, size, place], {
      onError: "ignore",
    });
  const length = program.space(8);
  program.store(8, length, program.load(4, result.plus(RESULT.length)));
  program.jumpIf(deref(length), "eq", 0, silent);
  program.jumpIf(deref(length), "ltu", KEPT_OUTPUT + 1, whole);
  program.store(8, length, KEPT_OUTPUT);
  program.place(whole);
  write(buffer, deref(length), deref(outputPlace));
  program.place(silent);
  write(result, RESULT.size, deref(resultPlace));
  write(state, STATE.size, 0);

  const kind = program.load(4, result.plus(RESULT.kind));
  program.jumpIf(kind, "ne", KIND.failed, explained);
  emitTell(memory, NEWS_KIND.failed, deref(slot));
  program.place(explained);
  const after = program.load(4, state.plus(STATE.status));
  program.jumpIf(after, "eq", before, same);
  emitTell(memory, NEWS_KIND.status, after);
  program.place(same);

  const more = program.label();
  const forth = (place: Addr, step: number) =>
    program.store(8, place, program.add(deref(place), step));
  forth(slot, 1);
  forth(resultPlace, RESULT.size);
  forth(outputPlace, KEPT_OUTPUT);
  program.jumpIf(deref(slot), "ltu", SLOTS, more);
  program.store(8, slot, 0);
  program.store(8, resultPlace, resultAt(0));
  program.store(8, outputPlace, outputAt(0));
  program.place(more);
}
