/**
 * The pod's pause process: it holds the namespaces, reaps what is orphaned to
 * it, and leaves with 0 on SIGTERM and SIGINT.
 *
 * @module
 */
import { named, NULL, Program } from "./program.ts";

// asm-generic/signal.h
const SIG_SETMASK = named(2, "SIG_SETMASK");
const SIGINT = named(2, "SIGINT");
const SIGTERM = named(15, "SIGTERM");
/** Bytes in the kernel's sigset_t. */
const SIGSET_SIZE = 8;

// linux/wait.h; __WALL: children that announce their end by another signal too
const WAIT_FLAGS = named(0x40000001, "WNOHANG|__WALL");

/**
 * The pause program.
 *
 * Signals are blocked and waited for, not handled: the kernel drops a signal to
 * pid 1 that has neither handler nor is blocked, but queues a blocked one.
 */
export function pauseProgram(): Program {
  const program = new Program();
  const all = program.words([named(-1, "~0")]);
  const reap = program.label();
  const end = program.label();

  program.sys("rt_sigprocmask", [SIG_SETMASK, all, NULL, SIGSET_SIZE], {
    what: "block all signals",
  });
  // a child may have ended before the mask was set
  program.place(reap);
  const child = program.sys("wait4", [-1, NULL, WAIT_FLAGS, NULL], {
    onError: "ignore", // ECHILD
  });
  program.jumpIf(child, "ge", 1, reap);

  const signal = program.sys(
    "rt_sigtimedwait",
    [all, NULL, NULL, SIGSET_SIZE],
    { onError: "ignore" }, // EINTR, after a stop
  );
  program.jumpIf(signal, "eq", SIGTERM, end);
  program.jumpIf(signal, "ne", SIGINT, reap);

  program.place(end);
  program.sys("exit_group", [0]);
  return program;
}
