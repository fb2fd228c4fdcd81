import assert from "node:assert/strict";
import { Program } from "../../../runtime/init/program.ts";
import { run, type Runner, testOnEach } from "../../../runtime/init/testing.ts";
import { viewOf } from "../../../sys/memory.ts";
import { emitVerdict } from "./verdict.ts";
import { KIND, RESULT, STATE } from "../results.ts";
import { HEALTH_STATUSES, type HealthStatus } from "../state.ts";

/** When failures begin to count, in milliseconds since 1970. */
const COUNTING = 1_700_000_010_250;

/** What the rows make of a state and one more result. */
function verdict(
  runner: Runner,
  before: [HealthStatus, streak: number],
  { status = 0, kind = KIND.exited, code = 1, at = COUNTING }: {
    status?: number;
    kind?: typeof KIND[keyof typeof KIND];
    code?: number;
    at?: number;
  },
): [HealthStatus, streak: number] {
  const state = new Uint8Array(STATE.size);
  const known = viewOf(state);
  known.setUint32(STATE.status, HEALTH_STATUSES.indexOf(before[0]), true);
  known.setUint32(STATE.streak, before[1], true);
  const result = new Uint8Array(RESULT.size);
  const said = viewOf(result);
  const [seconds, rest] = [Math.floor(at / 1000), at % 1000];
  said.setBigInt64(RESULT.start, BigInt(seconds), true);
  said.setBigInt64(RESULT.start + 8, BigInt(rest * 1e6), true);
  said.setUint32(RESULT.kind, kind, true);
  said.setUint32(RESULT.code, code, true);
  said.setUint32(RESULT.status, status, true);

  const program = new Program();
  const after = program.bytes(state);
  emitVerdict(program, {
    state: after,
    result: program.bytes(result),
    check: { retries: 3 },
    counting: COUNTING,
  });
  program.sys("write", [1, after, STATE.size]);
  program.sys("exit_group", [0]);
  const { code: ended, stdout } = run(program, runner);
  assert.equal(ended, 0);
  const view = viewOf(Uint8Array.from(stdout, (c) => c.charCodeAt(0)));
  assert.equal(view.getBigUint64(STATE.count, true), 1n);
  return [
    HEALTH_STATUSES[view.getUint32(STATE.status, true)]!,
    view.getUint32(STATE.streak, true),
  ];
}

testOnEach("a good check makes it healthy, whatever was before", (runner) => {
  for (const before of HEALTH_STATUSES) {
    assert.deepEqual(verdict(runner, [before, 9], {}), ["healthy", 0]);
  }
});

testOnEach("so many failures in a row make it unhealthy", (runner) => {
  const bad = { status: 1 };
  for (const before of ["starting", "healthy"] as const) {
    assert.deepEqual(verdict(runner, [before, 0], bad), [before, 1]);
    assert.deepEqual(verdict(runner, [before, 1], bad), [before, 2]);
    assert.deepEqual(verdict(runner, [before, 2], bad), ["unhealthy", 3]);
  }
  assert.deepEqual(verdict(runner, ["unhealthy", 3], bad), ["unhealthy", 4]);
});

testOnEach("whatever is not an exit with 0 has failed", (runner) => {
  const CLD_KILLED = 2;
  for (
    const bad of [
      { kind: KIND.late },
      { kind: KIND.failed },
      { code: CLD_KILLED, status: 0 },
    ]
  ) assert.deepEqual(verdict(runner, ["healthy", 0], bad), ["healthy", 1]);
});

testOnEach("in the start period failures do not count", (runner) => {
  const early = { status: 1, at: COUNTING - 1 };
  assert.deepEqual(verdict(runner, ["starting", 2], early), ["starting", 2]);
  const before = { status: 1, at: COUNTING - 5_000 };
  assert.deepEqual(verdict(runner, ["starting", 2], before), ["starting", 2]);
  const then = { status: 1, at: COUNTING };
  assert.deepEqual(verdict(runner, ["starting", 2], then), ["unhealthy", 3]);
  const later = { status: 1, at: COUNTING + 1_000 };
  assert.deepEqual(verdict(runner, ["starting", 2], later), ["unhealthy", 3]);
  // One that was good once is looked at as any other.
  assert.deepEqual(verdict(runner, ["healthy", 2], early), ["unhealthy", 3]);
});
