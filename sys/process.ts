/**
 * Processes as the kernel tells of them: descriptors that stand for them,
 * start times that tell a pid from its reuse, and how they ended.
 *
 * @module
 */
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import { Fd } from "./fd.ts";
import { waitFor } from "./epoll.ts";
import { syscall, trySyscall } from "./syscall.ts";

/** Ends a process, whatever it thinks of it; signal(7). */
export const SIGKILL = 9;

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessId {
  /** As the host sees it. */
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTime: number;
}

/**
 * A descriptor for a process, readable when it has ended, as pidfd_open(2).
 * Undefined when there is no such process.
 */
export function openPid(pid: number): Fd | undefined {
  const result = trySyscall("pidfd_open", pid, 0);
  if (result >= 0) return new Fd(result, `pid ${pid}`);
  // EINVAL is what older kernels say of one that has gone while its pid is still
  // that of a group or session.
  if (result === -ERRNO.ESRCH! || result === -ERRNO.EINVAL!) return undefined;
  throw new SyscallError("pidfd_open", `${pid}`, -result);
}

/** The same for that very process; undefined when it has ended. */
export function openProcess(process: ProcessId): Fd | undefined {
  const pidfd = openPid(process.pid);
  // Opened first, compared after: between the two the pid cannot change hands.
  if (!pidfd || isAlive(process)) return pidfd;
  pidfd[Symbol.dispose]();
  return undefined;
}

/** What the kernel tells of a process. */
export interface ProcessStat {
  /** A letter, as proc(5) has them. */
  readonly state: string;
  /** The pid of its parent. */
  readonly parent: number;
  /** Whether it is about to end, and has perhaps let go of what it had. */
  readonly exiting: boolean;
  /** The pid of the process that made its session. */
  readonly session: number;
  /** See {@linkcode ProcessId}. */
  readonly startTime: number;
}

const PF_EXITING = 4; // linux/sched.h

/** What /proc/PID/stat says, or undefined when the process is gone. */
export function readStat(
  pid: number,
): ProcessStat | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  // The name is in parentheses and may hold any byte, `)` and blanks too.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0]!,
    parent: Number(fields[1]),
    exiting: (Number(fields[6]) & PF_EXITING) !== 0,
    session: Number(fields[3]),
    startTime: Number(fields[19]),
  };
}

/** The process of a pid as it is now, or undefined when there is none. */
export function identify(pid: number): ProcessId | undefined {
  const stat = readStat(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** Whether two are one process, and not two with the same pid. */
export function isSameProcess(a: ProcessId, b: ProcessId): boolean {
  return a.pid === b.pid && a.startTime === b.startTime;
}

/** Whether that very process still runs; a zombie has ended. */
export function isAlive({ pid, startTime }: ProcessId): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTime === startTime &&
    stat.state !== "Z" && stat.state !== "X";
}

/** Whether that very process has ended, or is about to. */
export function isEnding({ pid, startTime }: ProcessId): boolean {
  const stat = readStat(pid);
  return stat?.startTime !== startTime || stat.exiting;
}

/**
 * Sends a signal to that very process. Returns false when it is gone.
 *
 * @throws {SyscallError} EINVAL for a signal that is none
 */
export function signalProcess(process: ProcessId, signal: number): boolean {
  using pidfd = openProcess(process);
  return pidfd !== undefined && signalPidfd(pidfd, signal);
}

/** Sends a signal through a pidfd. Returns false when the process is gone. */
export function signalPidfd(pidfd: Fd, signal: number): boolean {
  const result = trySyscall("pidfd_send_signal", pidfd.number, signal, null, 0);
  if (result === -ERRNO.ESRCH!) return false;
  if (result < 0) throw new SyscallError("kill", pidfd.path, -result);
  return true;
}

/** Waits until a process, a child or not, has ended. */
export async function waitForEnd(process: ProcessId): Promise<void> {
  using pidfd = openProcess(process);
  if (pidfd) await waitFor(pidfd.number).events;
}

/**
 * The exit code of a child that has ended, as a shell tells it: 128 + n after
 * signal n. It is reaped. Undefined while it runs.
 */
export function reap(
  pidfd: Fd,
  options: { wait: boolean },
): number | undefined {
  const [P_PIDFD, WNOHANG, WEXITED, WALL] = [3, 1, 4, 0x40000000];
  const info = new Uint8Array(128); // siginfo_t
  const flags = WEXITED | WALL | (options.wait ? 0 : WNOHANG);
  syscall("waitid", P_PIDFD, pidfd.number, info, flags, null);
  const view = new DataView(info.buffer);
  const SIGCHLD = 17;
  if (view.getInt32(0, true) !== SIGCHLD) return undefined;
  return exitCode(view.getInt32(8, true), view.getInt32(24, true));
}

/** CLD_EXITED gives the code; CLD_KILLED and CLD_DUMPED the signal. */
export function exitCode(siCode: number, siStatus: number): number {
  const CLD_EXITED = 1;
  return siCode === CLD_EXITED ? siStatus : 128 + siStatus;
}

/**
 * Whether a file of /proc/PID could not be read as the process has ended: it is
 * not there, or, when that happens while it is read, there is ESRCH.
 */
export function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error instanceof Error && /os error 3\b/.test(error.message));
}
