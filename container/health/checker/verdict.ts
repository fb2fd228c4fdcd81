/**
 * What follows from a result, in docker's words.
 *
 * @module
 */
import type { Addr, Label, Program } from "../../../runtime/init/program.ts";
import type { Healthcheck } from "../healthcheck.ts";
import { KIND, RESULT, STATE } from "../results.ts";
import { HEALTH_STATUSES } from "../state.ts";
import { emitUnlessBefore } from "./time.ts";

/** Has {@linkcode STATE} tell of one more result. */
export function emitVerdict(
  program: Program,
  { state, result, check, counting }: {
    readonly state: Addr;
    readonly result: Addr;
    readonly check: Pick<Healthcheck, "retries">;
    readonly counting: number;
  },
): void {
  const [starting, healthy, unhealthy] = HEALTH_STATUSES.keys();
  const status = state.plus(STATE.status), streak = state.plus(STATE.streak);
  const bad = program.label(), counts = program.label(), done = program.label();
  const one = program.add(program.load(8, state.plus(STATE.count)), 1);
  program.store(8, state.plus(STATE.count), one);
  emitUnlessWell(program, result, bad);
  program.store(4, status, healthy!);
  program.store(4, streak, 0);
  program.jump(done);

  program.place(bad);
  program.jumpIf(program.load(4, status), "ne", starting!, counts);
  emitUnlessBefore(program, result.plus(RESULT.start), counting, counts);
  program.jump(done);
  program.place(counts);
  const failures = program.add(program.load(4, streak), 1);
  program.store(4, streak, failures);
  program.jumpIf(failures, "ltu", check.retries, done);
  program.store(4, status, unhealthy!);
  program.place(done);
}

/** Goes on at `bad` unless the check has exited with 0, and in time. */
export function emitUnlessWell(
  program: Program,
  result: Addr,
  bad: Label,
): void {
  const CLD_EXITED = 1;
  for (
    const [field, good] of [
      [RESULT.kind, KIND.exited],
      [RESULT.code, CLD_EXITED],
      [RESULT.status, 0],
    ] as const
  ) program.jumpIf(program.load(4, result.plus(field)), "ne", good, bad);
}
