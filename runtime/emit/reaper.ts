/**
 * Rows of an init that stays: the program is its child, it passes signals on,
 * reaps what is orphaned to it, and ends as the program did. That is what tini
 * is for, without a file in the image.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { words } from "../../sys/memory.ts";
import {
  type Addr,
  type Arg,
  type Label,
  named,
  NULL,
  type Program,
} from "../init/program.ts";
import type { Step } from "../steps.ts";
import { emitCapset } from "./credentials.ts";
import { emitFilter } from "./exec.ts";
import type { Emitter } from "./steps.ts";

const SIGCHLD = named(17, "SIGCHLD");
const SIGKILL = named(9, "SIGKILL");
const SIG_SETMASK = named(2, "SIG_SETMASK");
/** Bytes in the kernel's sigset_t. */
const SIGSET_SIZE = 8;
/** linux/wait.h; __WALL: children that end with another signal, too. */
const WAIT_FLAGS = named(0x40000001, "WNOHANG|__WALL");
const TIOCSPGRP = named(0x5410, "TIOCSPGRP"); // asm-generic/ioctls.h
const STDIN = 0;

/** What the rows are written to. */
type Rows = Pick<Emitter, "program">;
/** The step. */
type Own = Step & { op: "reaper" };

/** What is told of init. */
const COMM = "rkl-init";

/**
 * Forks. The rows that follow are run by the child, which is to become the
 * program; the parent never gets there.
 *
 * Signals are blocked and waited for, not handled: the kernel drops a signal to
 * pid 1 that has neither handler nor is blocked, but queues a blocked one.
 */
export function emitReaper(
  { program }: Rows,
  step: Own,
  what: string,
): void {
  const child = program.label();
  program.sys("rt_sigprocmask", [SIG_SETMASK, words(-1), NULL, SIGSET_SIZE], {
    what,
  });
  // Where it is not pid 1, orphans come here all the same.
  program.sys("prctl", [named(36, "PR_SET_CHILD_SUBREAPER"), 1, 0, 0, 0], {
    onError: "ignore", // by QEMU, which does not know it
  });
  const pid = program.sys("clone", [SIGCHLD, 0, 0, 0, 0], { what });
  program.jumpIf(pid, "eq", 0, child);
  emitParent(program, step, pid);
  program.place(child);
  emitChild(program, what);
}

/**
 * The program leads a process group of its own, which has the terminal, if
 * there is one: so Ctrl-C is the program's, and a shell can put jobs into the
 * foreground. Signals are still blocked, or the terminal would stop it.
 */
function emitChild(program: Program, what: string): void {
  program.sys("setpgid", [0, 0], { what });
  const group = program.bytes(words(0));
  program.store(4, group, program.sys("getpid", []));
  program.sys("ioctl", [STDIN, TIOCSPGRP, group], { onError: "ignore" });
  // Without a pid namespace it would live on after an init that is killed.
  program.sys("prctl", [named(1, "PR_SET_PDEATHSIG"), SIGKILL, 0, 0, 0]);
  program.sys("rt_sigprocmask", [SIG_SETMASK, words(0), NULL, SIGSET_SIZE]);
}

/** Until the child has ended: waits for signals, passes on, reaps. */
function emitParent(
  program: Program,
  { capabilities, filter }: Own,
  child: Arg,
): void {
  const [reap, signaled] = [program.label(), program.label()];
  const failed = program.label();
  program.sys("close_range", [3, 0xffff_ffff, 0], { onError: "ignore" });
  emitCapset({ program }, capabilities, "drop capabilities");
  program.sys("prctl", [named(15, "PR_SET_NAME"), COMM, 0, 0, 0]);
  // Nothing of the host is held any more, so it may be looked at.
  program.sys("prctl", [named(4, "PR_SET_DUMPABLE"), 1, 0, 0, 0]);
  if (filter) {
    // It executes nothing, and so may renounce what a filter would take.
    program.sys("prctl", [named(38, "PR_SET_NO_NEW_PRIVS"), 1, 0, 0, 0]);
    emitFilter(program, filter);
  }
  const all = program.words([named(-1, "~0")]);
  const status = program.space(8);
  const ended = program.space(8);

  program.place(reap);
  const pid = program.sys("wait4", [-1, status, WAIT_FLAGS, NULL], {
    onError: "ignore",
  });
  const waiting = program.label();
  program.jumpIf(pid, "eq", 0, waiting);
  program.jumpIf(pid, "eq", named(-ERRNO.ECHILD!, "-ECHILD"), waiting);
  program.jumpIf(pid, "lt", 0, failed);
  program.jumpIf(pid, "ne", child, reap);
  program.store(4, ended, program.load(4, status));
  program.store(4, ended.plus(4), 1);
  program.jump(reap);

  program.place(waiting);
  emitEnd(program, ended, signaled);
  program.place(signaled);
  const signal = program.sys(
    "rt_sigtimedwait",
    [all, NULL, NULL, SIGSET_SIZE],
    { onError: "ignore" },
  );
  const heard = program.label();
  program.jumpIf(signal, "ge", 0, heard);
  // After a stop; nothing else fails, but what a filter denies.
  program.jumpIf(signal, "eq", named(-ERRNO.EINTR!, "-EINTR"), reap);
  program.place(failed);
  program.sys("exit_group", [1]);
  program.place(heard);
  program.jumpIf(signal, "eq", SIGCHLD, reap);
  program.sys("kill", [child, signal], { onError: "ignore" });
  program.jump(reap);
}

/** Exits as the child did, if it has ended: 128 + n after signal n. */
function emitEnd(
  program: Program,
  ended: Addr,
  living: Label,
): void {
  const killed = program.label();
  program.jumpIf(program.load(4, ended.plus(4)), "eq", 0, living);
  const status = program.load(4, ended);
  const signal = program.and(status, 0x7f);
  program.jumpIf(signal, "ne", 0, killed);
  program.sys("exit_group", [program.shr(program.and(status, 0xff00), 8)]);
  program.place(killed);
  program.sys("exit_group", [program.add(signal, 128)]);
}
