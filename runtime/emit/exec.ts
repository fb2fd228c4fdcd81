/**
 * Rows of the end: find the program, wait at the gate, become it.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { O } from "../../sys/fd.ts";
import {
  type Arg,
  deref,
  Named,
  named,
  type Program,
} from "../init/program.ts";
import { FILTER_FLAGS, type SeccompFilter } from "../seccomp/filter.ts";
import { nameFlags } from "../mount_options.ts";
import type { Step } from "../steps.ts";
import { AT_CWD, emitCloseAllBut } from "./rows.ts";
import type { Channels, Emitter } from "./steps.ts";

/** How the message of a failed search or exec begins; see `init_failure.ts`. */
export const EXEC = "exec ";

/** What can fail after the gate besides. */
export const INSTALL_FILTER = "install the filter of linux.seccomp";

const { ENOENT, ENOTDIR, EACCES } = ERRNO as Record<string, number>;

/**
 * Finds the program among its candidates as execvp(3) does: what is missing is
 * passed over, what may not be executed too, but remembered.
 */
export function emitFind(
  { program, file }: Emitter,
  { name, candidates }: Step & { op: "find" },
): void {
  const what = EXEC + JSON.stringify(name);
  const X_OK = named(1, "X_OK");
  const denied = program.space(8);
  const found = program.label();
  for (const candidate of candidates) {
    const next = program.label();
    const failed = program.label();
    const isFile = program.label();
    const access = program.sys("faccessat", [
      AT_CWD,
      candidate,
      X_OK,
    ], { what, onError: failed });
    if (candidates.length > 1) {
      // A directory may be "executed" by that call, and is no program.
      program.sys("openat", [
        AT_CWD,
        candidate,
        named(O.PATH | O.DIRECTORY | O.CLOEXEC, "O_PATH|O_DIRECTORY|O_CLOEXEC"),
        0,
      ], { what, onError: isFile });
      program.store(8, denied, -EACCES!);
      program.jump(next);
      program.place(isFile);
    }
    program.store(8, file, program.string(candidate));
    program.jump(found);
    program.place(failed);
    program.jumpIf(access, "eq", named(-ENOENT!, "-ENOENT"), next);
    program.jumpIf(access, "eq", named(-ENOTDIR!, "-ENOTDIR"), next);
    program.store(8, denied, access);
    program.place(next);
  }
  const missing = program.label();
  program.jumpIf(deref(denied), "eq", 0, missing);
  program.failWith(EACCES!, what);
  program.place(missing);
  program.failWith(ENOENT!, what);
  program.place(found);
}

/** Says that all is ready, and waits for the byte that `start` writes. */
export function emitGate({ program, channels }: Emitter): void {
  const byte = program.space(1);
  const closed = program.label();
  const open = program.label();
  // Whoever created this may be gone: then nobody has to be told.
  program.sys("write", [channels.ready, "R", 1], { onError: "ignore" });
  program.sys("close", [channels.ready], { onError: "ignore" });
  const got = program.sys("read", [channels.gate, byte, 1], {
    what: "wait for start",
  });
  program.jumpIf(got, "eq", 1, open);
  program.jump(closed);
  program.place(closed);
  program.sys("exit_group", [1]);
  program.place(open);
}

/** Closes what the process may not have, and executes it. */
export function emitExec(
  { program, channels, file }: Emitter,
  { args, env, keepFds, filter }: Step & { op: "exec" },
): void {
  const what = EXEC + JSON.stringify(args[0]);
  emitClose(program, 3 + keepFds, channels);
  // Among those it keeps may be some of rkl's own, where the caller left gaps.
  if (keepFds > 0) {
    const { report, ready, gate, init } = channels;
    const [F_SETFD, FD_CLOEXEC] = [
      named(2, "F_SETFD"),
      named(1, "FD_CLOEXEC"),
    ];
    for (const fd of [report, ready, gate, init]) {
      program.sys("fcntl", [fd, F_SETFD, FD_CLOEXEC], { onError: "ignore" });
    }
  }
  if (filter) emitFilter(program, filter);
  program.sys("execve", [
    deref(file),
    program.words([...args, 0]),
    program.words([...env, 0]),
  ], { what });
}

/**
 * Closes all descriptors from `first` on: execve(2) finds the program, and its
 * interpreters, before it closes any, and a link to /proc/self/fd/N/.. in the
 * image would lead out of the container by a directory of the host. Those of the
 * channels lead nowhere, and end with a successful execve.
 */
function emitClose(
  program: Program,
  first: number,
  { report, ready, gate }: Channels,
): void {
  const what = "close what the process may not have";
  const kept = [report, ready, gate].map(numberOf);
  emitCloseAllBut(program, first, kept, { what });
  const CLOEXEC = named(4, "CLOSE_RANGE_CLOEXEC");
  program.sys("close_range", [first, 0xffff_ffff, CLOEXEC], { what });
}

/** Its number, which is known before the program runs. */
function numberOf(channel: Arg): number {
  return Number(channel instanceof Named ? channel.value : channel);
}

/** Filters the system calls of who runs the rows, from here on. */
export function emitFilter(
  program: Program,
  { flags, program: filter }: SeccompFilter,
): void {
  const SECCOMP_SET_MODE_FILTER = named(1, "SECCOMP_SET_MODE_FILTER");
  // struct sock_fprog { u16 len; struct sock_filter *filter; }
  const length = filter.length / 8;
  const fprog = program.words([length, program.bytes(filter)]);
  const text = nameFlags(flags, FILTER_FLAGS, "SECCOMP_FILTER_FLAG_");
  program.sys("seccomp", [SECCOMP_SET_MODE_FILTER, named(flags, text), fprog], {
    what: INSTALL_FILTER,
  });
}

/** Rows of a process that only keeps what it has made: until a pipe is closed. */
export function emitHold({ program, channels }: Emitter): void {
  const byte = program.space(1);
  program.sys("write", [channels.ready, byte, 1]);
  program.sys("read", [channels.gate, byte, 1], { onError: "ignore" });
  program.sys("exit_group", [0]);
}
