/**
 * What a monitor records of init, as the kernel's structures lie in it.
 *
 * @module
 */
import { viewOf } from "../sys/memory.ts";
import { exitCode } from "../sys/process.ts";
import { timeAt } from "./log/record.ts";

/**
 * `struct { u32 monitor, init, exited, si_code, si_status, 0; struct timespec
 * time; u64 lost; }`: the first two when init is born, all at its end.
 */
export const EXIT = {
  monitor: 0,
  init: 4,
  exited: 8,
  code: 12,
  status: 16,
  time: 24,
  lost: 40,
} as const;

/** Size of the record, in bytes. */
export const EXIT_SIZE = 48;

/** How a container's monitor and init are, or ended. */
export interface ExitRecord {
  monitorPid: number;
  initPid: number;
  /** Absent as long as nobody saw init end. */
  exit?: {
    /** As a shell has it: 128 + n after signal n. */
    code: number;
    time: Date;
    /** Bytes of output that did not fit the disk. */
    lostBytes: number;
  };
}

/** Reads a record; undefined when it was never written. */
export function decodeExit(bytes: Uint8Array): ExitRecord | undefined {
  if (bytes.length < EXIT_SIZE) return undefined;
  const view = viewOf(bytes);
  const pids = {
    monitorPid: view.getUint32(EXIT.monitor, true),
    initPid: view.getUint32(EXIT.init, true),
  };
  if (view.getUint32(EXIT.exited, true) === 0) return pids;
  return {
    ...pids,
    exit: {
      code: exitCode(
        view.getInt32(EXIT.code, true),
        view.getInt32(EXIT.status, true),
      ),
      time: decodeTime(view, EXIT.time),
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

function decodeTime(view: DataView, at: number): Date {
  return new Date(Number(timeAt(view, at) / 1_000_000n));
}
