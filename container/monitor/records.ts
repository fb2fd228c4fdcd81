/**
 * What a monitor records of init, as the kernel's structures lie in it.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import { exitCode } from "../../sys/process.ts";
import { timeAt } from "../log/record.ts";

/**
 * `struct { u32 monitor, init, exited, si_code, si_status, noted; struct timespec
 * time; u64 lost; }`: the first two when init is born, all at its end.
 */
export const EXIT = {
  monitor: 0,
  init: 4,
  exited: 8,
  code: 12,
  status: 16,
  noted: 20,
  time: 24,
  lost: 40,
} as const;

/** Size of the record, in bytes. */
export const EXIT_SIZE = 48;

/** How much of a life is in the journal; each value means those before it too. */
export const NOTED = {
  nothing: 0,
  start: 1,
  end: 2,
  /** Also whether the kernel killed a process for want of memory. */
  all: 3,
} as const;

/** How a container's monitor and init are, or ended. */
export interface ExitRecord {
  monitorPid: number;
  initPid: number;
  /** What is in the journal, one of {@linkcode NOTED}. */
  noted: number;
  /** Absent as long as nobody saw init end. */
  exit?: {
    /** As a shell has it: 128 + n after signal n. */
    code: number;
    /** The same as siginfo_t has it. */
    info: { code: number; status: number };
    time: Date;
    /** The same, since 1970. */
    nanoseconds: bigint;
    /** Bytes of output that did not fit the disk. */
    lostBytes: number;
  };
}

/** Reads a record; undefined when it was never written. */
export function decodeExit(bytes: Uint8Array): ExitRecord | undefined {
  if (bytes.length < EXIT_SIZE) return undefined;
  const view = viewOf(bytes);
  const life = {
    monitorPid: view.getUint32(EXIT.monitor, true),
    initPid: view.getUint32(EXIT.init, true),
    noted: view.getUint32(EXIT.noted, true),
  };
  if (view.getUint32(EXIT.exited, true) === 0) return life;
  const time = timeAt(view, EXIT.time);
  const info = {
    code: view.getInt32(EXIT.code, true),
    status: view.getInt32(EXIT.status, true),
  };
  return {
    ...life,
    exit: {
      code: exitCode(info.code, info.status),
      info,
      time: new Date(Number(time / 1_000_000n)),
      nanoseconds: time,
      lostBytes: Number(view.getBigUint64(EXIT.lost, true)),
    },
  };
}

/**
 * How a container ended. Without a record its monitor was killed, and the
 * kernel killed init with it.
 */
export function exitCodeOf(record: ExitRecord | undefined): number {
  const KILLED = 137;
  return record?.exit?.code ?? KILLED;
}
