/**
 * The checker of a container: a process of rows, one for each life, that runs
 * its health check again and again, and writes what it said. So a check costs
 * no JavaScript, as long as nothing changes. It is a child of the daemon, and
 * ends with it, and with the container.
 *
 * @module
 */
import { emitWatch } from "../../../runtime/emit/poll.ts";
import { named, Program } from "../../../runtime/init/program.ts";
import { CLONE } from "../../../runtime/namespaces.ts";
import { RESULT, STATE } from "../results.ts";
import { HEALTH_STATUSES } from "../state.ts";
import { checkRunner } from "./check.ts";
import { emitWait, type Memory, remember } from "./memory.ts";
import {
  type Checked,
  CHECKER_NAME,
  CLOEXEC_NONBLOCK,
  NEWS,
  NEWS_KIND,
} from "./terms.ts";
import { frozenJump } from "./frozen.ts";
import { emitUnlessBefore } from "./time.ts";

/** Milliseconds, of which a second is a multiple. */
const SLACKS = [500, 250, 125];

/** The program of a checker. */
export function checkerProgram(checked: Checked): Program {
  const { check, files, joinsPid, first, counting, frozen } = checked;
  const program = new Program();
  const memory = remember(program, checked);
  emitFailure(memory);
  program.sys("prctl", [named(15, "PR_SET_NAME"), CHECKER_NAME, 0, 0, 0]);
  // What enters the container has no use of these.
  const F_SETFD = named(2, "F_SETFD"), FD_CLOEXEC = named(1, "FD_CLOEXEC");
  for (const fd of [files.results, files.news, files.entry, files.nothing]) {
    program.sys("fcntl", [fd, F_SETFD, FD_CLOEXEC]);
  }
  if (joinsPid) {
    const CLONE_NEWPID = named(CLONE.NEWPID, "CLONE_NEWPID");
    program.sys("setns", [files.init, CLONE_NEWPID], {
      what: "join the pid namespace",
    });
  }
  const timer = program.sys("timerfd_create", [
    named(1, "CLOCK_MONOTONIC"),
    CLOEXEC_NONBLOCK,
  ]);
  emitWatch(program, memory.timer, timer);
  emitWatch(program, memory.reader, files.news, 0);
  const ifFrozen = frozenJump(program, frozen);
  const runCheck = checkRunner(memory, ifFrozen);
  const due = program.label(), slow = program.label();
  const idle = (ms: number) => {
    const passed = emitWait(memory, 2, ms, slackOf(ms));
    program.jumpIf(passed, "ne", 0, memory.end); // the container has ended
  };
  emitWatch(program, memory.subject, files.init);
  idle(first);
  program.place(due);
  const pause = program.label();
  ifFrozen(pause);
  runCheck();

  program.place(pause);
  emitWatch(program, memory.subject, files.init);
  if (check.startPeriod > 0) {
    const status = program.load(4, memory.state.plus(STATE.status));
    program.jumpIf(status, "ne", HEALTH_STATUSES.indexOf("starting"), slow);
    // Its failure did not count: the next, which may, is soon.
    emitUnlessBefore(program, memory.result.plus(RESULT.start), counting, slow);
    idle(check.startInterval);
    program.jump(due);
  }
  program.place(slow);
  idle(check.interval);
  program.jump(due);

  program.place(memory.end);
  program.sys("exit_group", [0]);
  return program;
}

/** How late a check may be, to be run with others: at most a tenth. */
function slackOf(ms: number): number | undefined {
  return SLACKS.find((slack) => slack <= ms / 10);
}

/** Has a failure of the checker told of, and ends it then. */
function emitFailure({ program, checked, news }: Memory): void {
  const failed = program.label(), begin = program.label();
  program.jump(begin);
  program.place(failed);
  const { news: pipe } = checked.files;
  program.store(4, news.plus(NEWS.kind), NEWS_KIND.broken);
  program.store(4, news.plus(NEWS.value), program.load(4, program.failedRow));
  program.store(4, news.plus(NEWS.errno), program.load(4, program.failedErrno));
  program.sys("write", [pipe, news, NEWS.size], { onError: "ignore" });
  program.sys("exit_group", [1]);
  program.place(begin);
  program.onFail(failed);
}
