/**
 * What the checks of one life of a container have said, as its checker writes it
 * and others read it:
 *
 *     ROOT/ID/health  {@linkcode STATE}, {@linkcode SLOTS} results as
 *                     {@linkcode RESULT}, and behind these their outputs
 *
 * A result goes where the oldest is, which is not told of any more; then what
 * follows from it. So a reader who finds the same state before and after has
 * read what belongs together.
 *
 * @module
 */
import { type Fd, O, open, tryOpen } from "../../sys/fd.ts";
import { viewOf } from "../../sys/memory.ts";
import { exitCode, isSameProcess, type ProcessId } from "../../sys/process.ts";
import { syscall } from "../../sys/syscall.ts";
import { directoryOf, type Store } from "../../runtime/store.ts";
import type { ContainerId } from "../id.ts";
import { timeAt } from "../log/record.ts";
import { stamp } from "../log/stamp.ts";
import { formatDuration } from "../specification/duration.ts";
import type { Healthcheck } from "./healthcheck.ts";
import {
  FAILED,
  type Health,
  HEALTH_STATUSES,
  type HealthResult,
  KEPT_RESULTS,
  UNKNOWN,
} from "./state.ts";

/**
 * `struct { u32 pid; u64 start_time, count; u32 status, streak; }`: whose life it
 * is about, how many results there were, and what they come to.
 */
export const STATE = {
  pid: 0,
  startTime: 8,
  count: 16,
  status: 24,
  streak: 28,
  size: 64,
} as const;

/**
 * `struct { struct timespec start, end; u32 si_code, si_status, kind, row, errno,
 * length; }`; the length is more than {@linkcode KEPT_OUTPUT} when that is not all.
 */
export const RESULT = {
  start: 0,
  end: 16,
  code: 32,
  status: 36,
  kind: 40,
  row: 44,
  errno: 48,
  length: 52,
  size: 64,
} as const;

/** How a check has ended. */
export const KIND = {
  exited: 0,
  /** It could not be run: row and errno say why. */
  failed: 1,
  /** It was killed, as it took too long. */
  late: 2,
  /** It could not be run: its output says why. */
  explained: 3,
} as const;

/** The row of one that could not even be started. */
export const NOT_BORN = 0xffff_ffff;

/** Results in the file: one is not told of, as it may be being written. */
export const SLOTS = KEPT_RESULTS + 1;

/** Bytes of a check's output that are kept. */
export const KEPT_OUTPUT = 4096;

/** Bytes of the state and all results. */
const TABLE_SIZE = STATE.size + SLOTS * RESULT.size;
const OUTPUTS = 4096;

const decoder = new TextDecoder();

/** Where the result in a slot is in the file. */
export function resultAt(slot: number): number {
  return STATE.size + slot * RESULT.size;
}

/** Where its output is. */
export function outputAt(slot: number): number {
  return OUTPUTS + slot * KEPT_OUTPUT;
}

/**
 * The file of a life, to be written. It says nothing yet when there was none, or
 * one of another life.
 *
 * @throws {SyscallError} ENOENT when the container is gone
 */
export function openResults(
  store: Store,
  id: ContainerId,
  init: ProcessId,
): Fd {
  using stack = new DisposableStack();
  const file = stack.use(open(fileOf(store, id), O.RDWR | O.CREAT));
  if (!isSameProcess(decodeState(readTable(file)).init, init)) {
    const table = new Uint8Array(TABLE_SIZE);
    table.set(encodeState({ init, count: 0, status: "starting", streak: 0 }));
    syscall("pwrite64", file.number, table, table.length, 0);
  }
  stack.move();
  return file;
}

/** What was written of a life, as far as it goes on from there. */
export interface ResultsState {
  readonly init: ProcessId;
  /** How many results there were. */
  readonly count: number;
  readonly status: Health["Status"];
  readonly streak: number;
}

/** What the file says of all results together. */
export function readState(file: Fd): ResultsState {
  return decodeState(readTable(file));
}

/** How healthy a container is that lives as `init`, and is checked so. */
export function readHealth(
  store: Store,
  id: ContainerId,
  init: ProcessId,
  check: Healthcheck,
): Health {
  using file = tryOpen(fileOf(store, id));
  return file ? readHealthFrom(file, init, check) : UNKNOWN;
}

/** The same from an open file. */
export function readHealthFrom(
  file: Fd,
  init: ProcessId,
  check: Healthcheck,
): Health {
  for (;;) {
    const table = readTable(file);
    const { init: whose, count, status, streak } = decodeState(table);
    // Of the life before, when that was not cleaned up yet.
    if (!isSameProcess(whose, init)) return UNKNOWN;
    const kept = Math.min(count, KEPT_RESULTS);
    const Log = Array.from({ length: kept }, (_, index) => {
      const slot = (count - kept + index) % SLOTS;
      return decodeResult(viewOf(table.subarray(resultAt(slot))), {
        check,
        output: (length) => readAt(file, outputAt(slot), length),
      });
    });
    const after = readTable(file);
    if (after.some((byte, index) => byte !== table[index])) continue;
    return { Status: status, FailingStreak: streak, Log };
  }
}

/** Why the check in a slot could not be run; undefined when it is another. */
export function readFailureAt(
  file: Fd,
  slot: number,
): { readonly row: number; readonly errno: number } | undefined {
  const view = viewOf(readAt(file, resultAt(slot), RESULT.size));
  if (view.getUint32(RESULT.kind, true) !== KIND.failed) return undefined;
  return {
    row: view.getUint32(RESULT.row, true),
    errno: view.getUint32(RESULT.errno, true),
  };
}

/** Has that check tell why, in words. */
export function writeExplanation(file: Fd, slot: number, text: string): void {
  const bytes = new TextEncoder().encode(text).subarray(0, KEPT_OUTPUT);
  syscall("pwrite64", file.number, bytes, bytes.length, outputAt(slot));
  const at = resultAt(slot);
  for (
    const [field, value] of [
      [RESULT.length, bytes.length],
      [RESULT.kind, KIND.explained],
    ] as const
  ) {
    const word = new Uint8Array(Uint32Array.of(value).buffer);
    syscall("pwrite64", file.number, word, word.length, at + field);
  }
}

/** What {@linkcode STATE} describes. */
export function encodeState(
  { init, count, status, streak }: ResultsState,
): Uint8Array {
  const bytes = new Uint8Array(STATE.size);
  const view = viewOf(bytes);
  view.setUint32(STATE.pid, init.pid, true);
  view.setBigUint64(STATE.startTime, BigInt(init.startTime), true);
  view.setBigUint64(STATE.count, BigInt(count), true);
  view.setUint32(STATE.status, HEALTH_STATUSES.indexOf(status), true);
  view.setUint32(STATE.streak, streak, true);
  return bytes;
}

function decodeState(table: Uint8Array): ResultsState {
  const view = viewOf(table);
  return {
    init: {
      pid: view.getUint32(STATE.pid, true),
      startTime: Number(view.getBigUint64(STATE.startTime, true)),
    },
    count: Number(view.getBigUint64(STATE.count, true)),
    status: HEALTH_STATUSES[view.getUint32(STATE.status, true)]!,
    streak: view.getUint32(STATE.streak, true),
  };
}

function decodeResult(
  view: DataView,
  { check, output }: {
    check: Healthcheck;
    output: (length: number) => Uint8Array;
  },
): HealthResult {
  const word = (field: number) => view.getUint32(field, true);
  const length = word(RESULT.length);
  const kept = Math.min(length, KEPT_OUTPUT);
  const text = kept > 0 ? decoder.decode(output(kept)) : "";
  // As docker shows it: cut, and marked so.
  const shown = text + (length > kept ? "..." : "");
  const kind = word(RESULT.kind);
  return {
    Start: stamp(timeAt(view, RESULT.start)),
    End: stamp(timeAt(view, RESULT.end)),
    ExitCode: kind === KIND.exited
      ? exitCode(word(RESULT.code), word(RESULT.status))
      : FAILED,
    Output: kind === KIND.late ? describeLate(check, shown) : shown,
  };
}

function describeLate({ timeout }: Healthcheck, text: string): string {
  const late = `Health check exceeded timeout (${formatDuration(timeout)})`;
  return text === "" ? late : `${late}: ${text}`;
}

function readTable(file: Fd): Uint8Array {
  return readAt(file, 0, TABLE_SIZE);
}

/** What the file has not is zero. */
function readAt(file: Fd, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  syscall("pread64", file.number, bytes, length, offset);
  return bytes;
}

function fileOf(store: Store, id: ContainerId): string {
  return `${directoryOf(store, id)}/health`;
}
