/**
 * What a monitor does while its container lives: it reads init's output and
 * writes the log, reaps children, and at the end records how init ended.
 *
 * @module
 */
import { type Fd, O } from "../../sys/fd.ts";
import { words } from "../../sys/memory.ts";
import { emitWatch, POLLFD, SIGSET_SIZE } from "../../runtime/emit/poll.ts";
import {
  type Addr,
  type Arg,
  deref,
  type Label,
  named,
  NULL,
  Program,
} from "../../runtime/init/program.ts";
import { KEPT, SIGNALS } from "./terms.ts";
import { STREAM } from "../log/record.ts";
import { emitNoteEnd, type EndFiles } from "./end.ts";
import { type LogFiles, logWriter } from "./log.ts";
import { EXIT, EXIT_SIZE } from "./records.ts";

/** Descriptors the loop reads and writes. */
export interface LoopFiles {
  log: LogFiles;
  /** The record, open for writing. */
  record: Fd;
  /** Ends of pipes: init writes, the monitor reads. Absent with a terminal. */
  output?: { stdout: [read: Fd, write: Fd]; stderr: [read: Fd, write: Fd] };
  /** A pair of sockets over which init sends its terminal. */
  terminal?: { ours: Fd; theirs: Fd };
  /** The pipe of stdin, by O_PATH: neither an end nor in the way of its end. */
  stdinPipe?: Fd;
  /** Kept open by the monitor, so that stdin does not end. */
  stdinWriter?: Fd;
  /**
   * A pipe that gets a byte with every record of the log, and ends with the
   * monitor: cheaper to follow than inotify(7), whose descriptor takes a grace
   * period of SRCU to close, 10 ms and more.
   */
  wake?: Fd;
  /** Where the end is noted. */
  end: EndFiles;
}

/** Offsets in siginfo_t, from asm-generic/siginfo.h. */
const SI_CODE = 8, SI_PID = 16, SI_STATUS = 24;

/**
 * The program of a monitor whose init was born: until init has ended and nothing
 * more is to be read, it copies output to the log and reaps children. Then the
 * exit is recorded, so that who finds it finds the log complete, and noted in
 * the journal.
 */
export function monitorLoop(files: LoopFiles): Program {
  const program = new Program();
  program.sys("prctl", [named(15, "PR_SET_NAME"), "rkl-monitor", 0, 0, 0]);
  // No filesystem is to be busy for as long as the container lives.
  program.sys("chdir", ["/"], { onError: "ignore" });
  const exit = program.bytes(new Uint8Array(EXIT_SIZE));
  program.sys("pread64", [files.record.number, exit, EXIT_SIZE, 0]);
  const init = program.load(4, exit.plus(EXIT.init));
  const sources = emitSources(program, files, emitSignals(program));
  const loop = program.label();
  const wait = program.label();
  const finish = program.label();
  const log = logWriter(program, {
    log: files.log,
    wake: files.wake,
    lost: exit.plus(EXIT.lost),
    signals: sources.signals,
    kind: files.output ? "pipe" : "terminal",
  });
  const timeout = program.space(8);
  const zero = program.bytes(words(0, 0)); // struct timespec

  program.place(loop);
  const ended = program.load(4, exit.plus(EXIT.exited));
  program.store(8, timeout, 0);
  program.jumpIf(ended, "eq", 0, wait);
  program.store(8, timeout, zero);
  program.place(wait);
  const ready = program.sys("ppoll", [
    sources.pollfds,
    3,
    deref(timeout),
    NULL,
    SIGSET_SIZE,
  ], { onError: loop });
  const some = program.label();
  program.jumpIf(ready, "ne", 0, some);
  program.jumpIf(ended, "ne", 0, finish);
  program.place(some);
  log.copy(sources.stdout, STREAM.stdout);
  if (files.output) log.copy(sources.stderr, STREAM.stderr);
  emitReap(program, sources.signals, exit, init, loop);
  program.jump(loop);

  program.place(finish);
  log.finish();
  const record = files.record.number;
  program.sys("pwrite64", [record, exit, EXIT_SIZE, 0], { onError: "ignore" });
  emitNoteEnd(program, files.end, record);
  program.sys("exit_group", [0]);
  return program;
}

/** A signalfd that tells of {@linkcode SIGNALS}. */
function emitSignals(program: Program): Arg {
  const heard = Object.values(SIGNALS)
    .reduce((mask, signal) => mask | (1 << (signal - 1)), 0);
  const flags = named(O.CLOEXEC | O.NONBLOCK, "SFD_CLOEXEC|SFD_NONBLOCK");
  return program.sys("signalfd4", [-1, words(heard), SIGSET_SIZE, flags]);
}

/** struct pollfd { int fd; short events, revents; } of the three sources. */
interface Sources {
  pollfds: Addr;
  stdout: Addr;
  stderr: Addr;
  signals: Addr;
}

function emitSources(
  program: Program,
  files: LoopFiles,
  signals: Arg,
): Sources {
  const pollfds = program.bytes(new Uint8Array(3 * POLLFD.size));
  const [stdout, stderr, signal] = [0, 1, 2].map((index) =>
    pollfds.plus(index * POLLFD.size)
  ) as [Addr, Addr, Addr];
  const watch = (source: Addr, fd: Arg) => emitWatch(program, source, fd);
  watch(signal, signals);
  if (files.output) {
    watch(stdout, files.output.stdout[0].number);
    watch(stderr, files.output.stderr[0].number);
  } else {
    watch(stdout, emitReceiveTerminal(program, files));
    watch(stderr, -1);
  }
  const { stdinPipe, stdinWriter } = files;
  for (
    const [fd, place] of [
      [stdinWriter, KEPT.stdinWriter],
      [stdinPipe, KEPT.stdinPipe],
    ] as const
  ) {
    if (!fd) continue;
    program.sys("dup3", [fd.number, place, O.CLOEXEC], { onError: "ignore" });
    program.sys("close", [fd.number], { onError: "ignore" });
  }
  return { pollfds, stdout, stderr, signals: signal };
}

/** The master of init's terminal, or -1 when init ended before it had one. */
function emitReceiveTerminal(program: Program, files: LoopFiles): Arg {
  const ours = files.terminal!.ours.number;
  const iovec = program.words([program.space(16), 16]);
  const control = program.space(24);
  const message = program.words([0, 0, iovec, 1, control, 24, 0]);
  const master = program.bytes(words(-1));
  const none = program.label();
  const got = program.sys("recvmsg", [ours, message, 0], { onError: none });
  program.jumpIf(got, "eq", 0, none);
  const received = program.load(4, control.plus(16));
  const kept = program.sys("dup3", [received, KEPT.master, O.CLOEXEC], {
    onError: none,
  });
  program.store(8, master, kept);
  program.sys("close", [received], { onError: "ignore" });
  program.place(none);
  program.sys("close", [ours], { onError: "ignore" });
  return deref(master);
}

/** Reaps every child that ended; of init, notes how and when. */
function emitReap(
  program: Program,
  signals: Addr,
  exit: Addr,
  init: Arg,
  loop: Label,
): void {
  const events = program.load(2, signals.plus(POLLFD.revents));
  program.jumpIf(events, "eq", 0, loop);
  const info = program.space(128); // siginfo_t
  const fd = program.load(4, signals);
  const signal = program.space(128); // struct signalfd_siginfo, its number first
  program.sys("read", [fd, signal, 128], { onError: "ignore" });
  const next = program.label();
  program.jumpIf(program.load(4, signal), "ne", SIGNALS.closeStdin, next);
  program.sys("close", [KEPT.stdinWriter], { onError: "ignore" });
  program.place(next);
  program.store(4, info.plus(SI_PID), 0);
  const [P_ALL, WNOHANG, WEXITED] = [0, 1, 4];
  program.sys("waitid", [
    named(P_ALL, "P_ALL"),
    0,
    info,
    named(WNOHANG | WEXITED, "WNOHANG|WEXITED"),
    NULL,
  ], { onError: loop });
  const pid = program.load(4, info.plus(SI_PID));
  program.jumpIf(pid, "eq", 0, loop);
  program.jumpIf(pid, "ne", init, next);
  program.store(4, exit.plus(EXIT.exited), 1);
  program.store(4, exit.plus(EXIT.code), program.load(4, info.plus(SI_CODE)));
  program.store(
    4,
    exit.plus(EXIT.status),
    program.load(4, info.plus(SI_STATUS)),
  );
  program.sys("clock_gettime", [
    named(0, "CLOCK_REALTIME"),
    exit.plus(EXIT.time),
  ]);
  program.sys("write", [KEPT.kill, "1", 1], { onError: "ignore" });
  program.jump(next);
}
