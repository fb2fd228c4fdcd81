/**
 * One check, from its start to what is told of it.
 *
 * @module
 */
import { ERRNO } from "../../../sys/errno.ts";
import { AT, O } from "../../../sys/fd.ts";
import { words } from "../../../sys/memory.ts";
import { itimerspec } from "../../../sys/timer.ts";
import { emitWatch, POLLFD, SIGSET_SIZE } from "../../../runtime/emit/poll.ts";
import { openRow } from "../../../runtime/emit/rows.ts";
import {
  type Addr,
  type Arg,
  named,
  NULL,
  type Program,
} from "../../../runtime/init/program.ts";
import { CLONE } from "../../../runtime/namespaces.ts";
import { KIND, NOT_BORN, RESULT } from "../results.ts";
import { emitTell, emitWait, type Memory } from "./memory.ts";
import type { FrozenJump } from "./frozen.ts";
import { emitNote } from "./note.ts";
import { emitDrain, emitReadOnce, outputReader } from "./output.ts";
import { CLOCK_REALTIME, CLOEXEC_NONBLOCK, NEWS_KIND } from "./terms.ts";
import { emitUnlessWell } from "./verdict.ts";

/** Milliseconds in which a check may write no more than a pipe holds. */
const DRAIN = 500;

/** The kind of one that is not told of. */
const PAUSED = -1 >>> 0;

const SIGCHLD = 17;

/** The rows that run one check, from its start to what follows from it. */
export function checkRunner(
  memory: Memory,
  ifFrozen: FrozenJump,
): () => void {
  const { program, checked, result, subject, output, end } = memory;
  const { files, owner } = checked;
  const reader = outputReader(program, output, result.plus(RESULT.length));
  const ends = program.space(8);
  const clone = emitCloneArgs(program, checked.cgroup);
  return () => {
    const failed = program.label(), child = program.label();
    const bad = program.label(), noted = program.label();
    const done = program.label();
    program.sys("clock_gettime", [CLOCK_REALTIME, result]);
    program.store(4, result.plus(RESULT.kind), KIND.exited);
    program.store(4, result.plus(RESULT.length), 0);
    program.sys("pipe2", [ends, CLOEXEC_NONBLOCK]);
    const readEnd = program.load(4, ends);
    const writeEnd = program.load(4, ends.plus(4));
    // Else it could not open /dev/stdout; see lend().
    if (owner) {
      program.sys("fchown", [writeEnd, owner, -1], { onError: "ignore" });
    }
    emitWatch(program, output, readEnd);
    const pid = program.sys("clone3", [clone.args, 88], { onError: failed });
    program.jumpIf(pid, "eq", 0, child);
    program.sys("close", [writeEnd]);
    const pidfd = program.load(4, clone.pidfd);
    emitWatch(program, subject, pidfd);
    const readOnce = () => emitReadOnce(program, reader);
    emitPatience(memory, pid, readOnce, ifFrozen);

    emitDrain(program, reader);
    program.sys("close", [readEnd]);
    emitReap(program, result, pidfd);
    program.sys("close", [pidfd]);
    emitUnlessWell(program, result, bad);
    program.jump(noted);
    program.place(bad);
    emitEndIfGone(memory);
    // Empty but after a failure to run.
    const told = result.plus(RESULT.row);
    program.sys("read", [files.report, told, 8], { onError: noted });
    const kind = program.load(4, result.plus(RESULT.kind));
    program.jumpIf(kind, "ne", KIND.exited, noted);
    program.store(4, result.plus(RESULT.kind), KIND.failed);
    program.jump(noted);

    program.place(failed);
    program.sys("close", [readEnd]);
    program.sys("close", [writeEnd]);
    // Its cgroup gives controllers to others now: there is another to be found.
    program.jumpIf(pid, "eq", named(-ERRNO.EBUSY!, "-EBUSY"), end);
    emitEndIfGone(memory);
    program.store(4, result.plus(RESULT.kind), KIND.failed);
    program.store(4, told, NOT_BORN);
    const errno = program.sub(0, pid);
    program.store(4, result.plus(RESULT.errno), errno);

    program.place(noted);
    const whether = program.load(4, result.plus(RESULT.kind));
    program.jumpIf(whether, "eq", PAUSED, done);
    emitNote(memory, reader.buffer);
    program.jump(done);

    program.place(child);
    emitBecome(program, files.nothing, writeEnd, files.entry);
    program.place(done);
  };
}

/**
 * What a new process does, which has this one's memory as long as this waits: it
 * becomes what enters the container.
 */
function emitBecome(
  program: Program,
  stdin: Arg,
  output: Arg,
  entry: number,
): void {
  // It is the check that waits, where its output does not fit the pipe.
  program.sys("fcntl", [output, named(4, "F_SETFL"), 0]);
  for (const [stdio, fd] of [stdin, output, output].entries()) {
    program.sys("dup3", [fd, stdio, 0]);
  }
  const argv = program.words([program.string("rkl-init"), 0]);
  const AT_EMPTY_PATH = named(AT.EMPTY_PATH, "AT_EMPTY_PATH");
  program.sys("execveat", [entry, "", argv, NULL, AT_EMPTY_PATH], {
    what: "execute the health check",
  });
}

/** struct clone_args: see `launch.ts`. To copy a memory costs more than to wait. */
function emitCloneArgs(program: Program, cgroup: string | undefined) {
  const pidfd = program.space(8);
  const flags = BigInt(CLONE.VM | CLONE.VFORK | CLONE.PIDFD) |
    BigInt(cgroup === undefined ? 0 : CLONE.INTO_CGROUP);
  const args = program.words([flags, pidfd, 0, 0, SIGCHLD, 0, 0, 0, 0, 0, 0]);
  if (cgroup !== undefined) {
    const what = `enter the cgroup ${cgroup}`;
    const fd = openRow({ program }, cgroup, O.RDONLY, what);
    program.store(8, args.plus(80), fd);
  }
  return { args, pidfd };
}

/**
 * Waits until the check has ended; first without looking at its output, which
 * the pipe holds of most. One that takes too long is told of, once. Whoever was
 * paused when that was seen has as much time once more, from when it goes on.
 */
function emitPatience(
  memory: Memory,
  pid: Arg,
  readOnce: () => void,
  ifFrozen: FrozenJump,
): void {
  const { program, checked, timer, subject, output, result } = memory;
  const { timeout } = checked.check;
  const loud = program.label(), look = program.label();
  const late = program.label(), over = program.label();
  const frozen = program.label(), awake = program.label();
  const paused = program.space(8);
  program.store(8, paused, 0);
  const revents = (source: Addr) =>
    program.load(2, source.plus(POLLFD.revents));

  emitWait(memory, 2, Math.min(DRAIN, timeout));
  program.jumpIf(revents(subject), "ne", 0, over);
  const fd = program.load(4, timer);
  if (timeout <= DRAIN) program.jump(late);
  const arm = (time: Uint8Array) =>
    program.sys("timerfd_settime", [fd, 0, time, NULL]);
  arm(itimerspec(Math.max(0, timeout - DRAIN)));
  program.place(loud);
  emitWait(memory, 4, undefined);
  program.jumpIf(revents(subject), "ne", 0, over);
  program.jumpIf(revents(output), "eq", 0, look);
  readOnce();
  program.place(look);
  program.jumpIf(revents(timer), "eq", 0, loud);
  program.place(late);
  arm(itimerspec(timeout));
  ifFrozen(frozen);
  program.jumpIf(program.load(8, paused), "eq", 0, awake);
  program.store(8, paused, 0);
  program.jump(loud);
  program.place(frozen);
  program.store(8, paused, 1);
  program.store(4, result.plus(RESULT.kind), PAUSED);
  program.jump(loud);
  program.place(awake);
  arm(words(0, 0, 0, 0));
  program.store(4, result.plus(RESULT.kind), KIND.late);
  emitTell(memory, NEWS_KIND.late, pid);
  program.jump(loud);
  program.place(over);
}

/** How it ended, and when. */
function emitReap(program: Program, result: Addr, pidfd: Arg): void {
  const [SI_CODE, SI_STATUS] = [8, 24]; // asm-generic/siginfo.h
  const info = program.space(128);
  program.sys("waitid", [
    named(3, "P_PIDFD"),
    pidfd,
    info,
    named(0x40000004, "WEXITED|__WALL"),
    NULL,
  ]);
  const put = (field: number, from: number) =>
    program.store(4, result.plus(field), program.load(4, info.plus(from)));
  put(RESULT.code, SI_CODE);
  put(RESULT.status, SI_STATUS);
}

/** What is said of a container that has just ended is of no use. */
function emitEndIfGone({ program, checked, subject, end }: Memory): void {
  const now = program.bytes(words(0, 0)); // struct timespec
  emitWatch(program, subject, checked.files.init);
  const gone = program.sys("ppoll", [subject, 1, now, NULL, SIGSET_SIZE], {
    onError: "ignore",
  });
  program.jumpIf(gone, "eq", 1, end);
}
