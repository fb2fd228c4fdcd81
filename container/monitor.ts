/**
 * The monitor of a container: a program of rows, a few tens of kilobytes in
 * all. It is the parent of init, reads its output, writes the log and, at the
 * end, how init ended. It lives as long as the container, whatever becomes of
 * the rkl that started it.
 *
 * @module
 */
import { AT_FDCWD, type Fd, O } from "../sys/fd.ts";
import { words } from "../sys/memory.ts";
import {
  type Addr,
  type Arg,
  deref,
  type Label,
  named,
  NULL,
  type Program,
} from "../runtime/init/program.ts";
import { CLONE, nameCloneFlags } from "../runtime/namespaces.ts";
import type { Birth, Supervisor } from "../runtime/request.ts";
import { EXIT, EXIT_SIZE, LOG_HEADER, STREAM } from "./records.ts";

/** Descriptors a monitor is given. */
export interface MonitorFiles {
  /** The log, open for writing; the record, too. */
  log: Fd;
  record: Fd;
  recordPath: string;
  stdin: Fd;
  /** Ends of pipes: init writes, the monitor reads. Absent with a terminal. */
  output?: { stdout: [read: Fd, write: Fd]; stderr: [read: Fd, write: Fd] };
  /** A pair of sockets over which init sends its terminal. */
  terminal?: { ours: Fd; theirs: Fd };
  /** Kept open by the monitor, so that stdin does not end. */
  stdinWriter?: Fd;
  /**
   * A pipe that gets a byte with every record of the log, and ends with the
   * monitor: cheaper to follow than inotify(7), whose descriptor takes a grace
   * period of SRCU to close, 10 ms and more.
   */
  wake?: Fd;
}

/** Where the monitor keeps the terminal's master, for whoever attaches. */
export const MASTER_FD = 100;
/** Where it keeps the writing end of stdin. */
export const STDIN_FD = 101;
const SIGNAL_FD = 102;

/** Bytes read at once; the monitor's memory is little more than this. */
const BUFFER = 16 * 1024;
/** Bytes of sigset_t in the kernel. */
const SIGSET_SIZE = 8;
const SIGCHLD = 17;
/** Offsets in siginfo_t, from asm-generic/siginfo.h. */
const SI_CODE = 8, SI_PID = 16, SI_STATUS = 24;
const AT_CWD = named(AT_FDCWD, "AT_FDCWD");

/** The monitor as a supervisor of a container that is being created. */
export function monitor(files: MonitorFiles): Supervisor {
  const { output, terminal } = files;
  const number = ({ number }: Fd): Arg => number;
  const stdin = number(files.stdin);
  return {
    inherit: [
      files.log,
      files.record,
      files.stdin,
      ...(output ? [...output.stdout, ...output.stderr] : []),
      ...(terminal ? [terminal.ours, terminal.theirs] : []),
      ...(files.stdinWriter ? [files.stdinWriter] : []),
      ...(files.wake ? [files.wake] : []),
    ],
    // With a terminal all three become it before the program runs.
    stdio: output
      ? [stdin, number(output.stdout[1]), number(output.stderr[1])]
      : [stdin, stdin, stdin],
    record: files.recordPath,
    emit: (program, birth) => emitMonitor(program, birth, files),
  };
}

function emitMonitor(
  program: Program,
  birth: Birth,
  files: MonitorFiles,
): void {
  const failed = program.label();
  const begin = program.label();
  program.jump(begin);
  program.place(failed);
  program.sys("write", [birth.report, program.failedRow, 8], {
    onError: "ignore",
  });
  program.sys("exit_group", [1]);
  program.place(begin);
  program.onFail(failed);

  emitDetach(program);
  const exit = program.bytes(new Uint8Array(EXIT_SIZE));
  const signals = emitSignals(program);
  const init = emitBirth(program, birth, files, exit);
  emitCloseOthers(program, files);
  const fds = emitSources(program, files, signals);
  emitLoop(program, fds, files, exit, init);
}

/**
 * A child of a child belongs to nobody who could be asked to wait for it, and
 * dies with no terminal.
 */
function emitDetach(program: Program): void {
  const monitor = program.label();
  const what = "start the monitor";
  const child = program.sys("clone", [SIGCHLD, 0, 0, 0, 0], { what });
  program.jumpIf(child, "eq", 0, monitor);
  program.sys("exit_group", [0]);
  program.place(monitor);
  program.sys("setsid", [], { what });
  program.sys("prctl", [
    named(15, "PR_SET_NAME"),
    "rkl-monitor",
    0,
    0,
    0,
  ]);
  // Orphans of a container without a pid namespace come here to be reaped.
  program.sys("prctl", [named(36, "PR_SET_CHILD_SUBREAPER"), 1, 0, 0, 0]);
}

/** Nothing but SIGKILL interrupts; children's ends are read from the result. */
function emitSignals(program: Program): Arg {
  const all = words(-1);
  const SIG_BLOCK = named(0, "SIG_BLOCK");
  program.sys("rt_sigprocmask", [SIG_BLOCK, all, NULL, SIGSET_SIZE]);
  const child = words(1 << (SIGCHLD - 1));
  const signals = program.sys("signalfd4", [
    -1,
    child,
    SIGSET_SIZE,
    named(O.CLOEXEC | O.NONBLOCK, "SFD_CLOEXEC|SFD_NONBLOCK"),
  ], { what: "watch the container" });
  program.sys("dup3", [signals, SIGNAL_FD, O.CLOEXEC]);
  return SIGNAL_FD;
}

/** Clones init, which goes on elsewhere, and records both pids. */
function emitBirth(
  program: Program,
  birth: Birth,
  files: MonitorFiles,
  exit: Addr,
): Arg {
  const what = `start a process in new namespaces (${
    nameCloneFlags(birth.cloneFlags)
  })`;
  if (birth.pidNamespace) {
    const pid = openRow(program, birth.pidNamespace, "join the pid namespace");
    program.sys("setns", [pid, named(CLONE.NEWPID, "CLONE_NEWPID")], {
      what: `join the pid namespace ${birth.pidNamespace}`,
    });
  }
  // struct clone_args: see `launch.ts`
  const flags = BigInt(birth.cloneFlags) |
    BigInt(birth.cgroup === undefined ? 0 : CLONE.INTO_CGROUP);
  const args = program.bytes(
    words(flags, 0, 0, 0, SIGCHLD, 0, 0, 0, 0, 0, 0),
  );
  if (birth.cgroup !== undefined) {
    const cgroup = openRow(program, birth.cgroup, "enter the cgroup");
    program.store(8, args.plus(80), cgroup);
  }
  const monitor = program.sys("getpid", []);
  const init = program.sys("clone3", [args, 88], { what });
  program.jumpIf(init, "eq", 0, birth.init);
  program.store(4, exit.plus(EXIT.monitor), monitor);
  program.store(4, exit.plus(EXIT.init), init);
  program.sys("pwrite64", [files.record.number, exit, EXIT_SIZE, 0], {
    what: "record the container's pid",
  });
  program.sys("write", [birth.ready, "M", 1], { onError: "ignore" });
  return init;
}

/**
 * Closes what is init's alone, since its end has to show that init is gone,
 * and what rkl's own caller left open, which would wait for this process.
 */
function emitCloseOthers(program: Program, files: MonitorFiles): void {
  const nothing = program.sys("openat", [
    AT_CWD,
    "/dev/null",
    named(O.RDWR, "O_RDWR"),
    0,
  ], { onError: "ignore" });
  for (const stdio of [0, 1, 2]) {
    program.sys("dup3", [nothing, stdio, 0], { onError: "ignore" });
  }
  const { log, record, output, terminal, stdinWriter, wake } = files;
  const kept = [
    log.number,
    record.number,
    ...(output ? [output.stdout[0].number, output.stderr[0].number] : []),
    ...(terminal ? [terminal.ours.number] : []),
    ...(stdinWriter ? [stdinWriter.number] : []),
    ...(wake ? [wake.number] : []),
    SIGNAL_FD,
  ].sort((a, b) => a - b);
  let first = 3;
  for (const fd of kept) {
    if (fd > first) program.sys("close_range", [first, fd - 1, 0]);
    first = fd + 1;
  }
  program.sys("close_range", [first, 0xffff_ffff, 0]);
}

/** struct pollfd { int fd; short events, revents; } of the three sources. */
interface Sources {
  pollfds: Addr;
  stdout: Addr;
  stderr: Addr;
  signals: Addr;
}

const POLLFD_SIZE = 8, REVENTS = 6, POLLIN = 1;

function emitSources(
  program: Program,
  files: MonitorFiles,
  signals: Arg,
): Sources {
  const pollfds = program.bytes(new Uint8Array(3 * POLLFD_SIZE));
  const [stdout, stderr, signal] = [0, 1, 2].map((index) =>
    pollfds.plus(index * POLLFD_SIZE)
  ) as [Addr, Addr, Addr];
  const watch = (source: Addr, fd: Arg) => {
    program.store(4, source, fd);
    program.store(2, source.plus(4), POLLIN);
  };
  watch(signal, signals);
  if (files.output) {
    watch(stdout, files.output.stdout[0].number);
    watch(stderr, files.output.stderr[0].number);
  } else {
    watch(stdout, emitReceiveTerminal(program, files));
    watch(stderr, -1);
  }
  if (files.stdinWriter) {
    const { number } = files.stdinWriter;
    program.sys("dup3", [number, STDIN_FD, O.CLOEXEC], { onError: "ignore" });
    program.sys("close", [number], { onError: "ignore" });
  }
  return { pollfds, stdout, stderr, signals: signal };
}

/** The master of init's terminal, or -1 when init ended before it had one. */
function emitReceiveTerminal(program: Program, files: MonitorFiles): Arg {
  const ours = files.terminal!.ours.number;
  const iovec = program.words([program.space(16), 16]);
  const control = program.space(24);
  const message = program.words([0, 0, iovec, 1, control, 24, 0]);
  const master = program.bytes(words(-1));
  const none = program.label();
  const got = program.sys("recvmsg", [ours, message, 0], { onError: none });
  program.jumpIf(got, "eq", 0, none);
  const received = program.load(4, control.plus(16));
  const kept = program.sys("dup3", [received, MASTER_FD, O.CLOEXEC], {
    onError: none,
  });
  program.store(8, master, kept);
  program.sys("close", [received], { onError: "ignore" });
  program.place(none);
  program.sys("close", [ours], { onError: "ignore" });
  return deref(master);
}

/**
 * Until init has ended and nothing more is to be read: copies output to the
 * log, reaps children. Then the exit is recorded, so that who finds it finds
 * the log complete.
 */
function emitLoop(
  program: Program,
  sources: Sources,
  files: MonitorFiles,
  exit: Addr,
  init: Arg,
): void {
  const loop = program.label();
  const wait = program.label();
  const poll = program.label();
  const finish = program.label();
  const log = logWriter(program, files, exit);
  const timeout = program.space(8);
  const zero = program.bytes(words(0, 0)); // struct timespec

  program.place(loop);
  const ended = program.load(4, exit.plus(EXIT.exited));
  program.store(8, timeout, 0);
  program.jumpIf(ended, "eq", 0, wait);
  program.store(8, timeout, zero);
  program.place(wait);
  program.place(poll);
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
  emitCopy(program, sources.stdout, STREAM.stdout, log);
  emitCopy(program, sources.stderr, STREAM.stderr, log);
  emitReap(program, sources.signals, exit, init, loop);
  program.jump(loop);

  program.place(finish);
  const { log: { number } } = files;
  program.sys("ftruncate", [number, deref(log.offset)], { onError: "ignore" });
  program.sys("pwrite64", [files.record.number, exit, EXIT_SIZE, 0], {
    onError: "ignore",
  });
  program.sys("exit_group", [0]);
}

/** What writing to the log needs. */
interface LogWriter {
  fd: number;
  header: Addr;
  buffer: Addr;
  iovec: Addr;
  /** Bytes of whole records so far: where the next one goes. */
  offset: Addr;
  /** Bytes that did not reach the disk. */
  lost: Addr;
  wake: number | undefined;
}

function logWriter(
  program: Program,
  { log: { number: fd }, wake }: MonitorFiles,
  exit: Addr,
): LogWriter {
  const header = program.bytes(new Uint8Array(LOG_HEADER.size));
  const buffer = program.space(BUFFER);
  const offset = program.space(8);
  const end = program.sys("lseek", [fd, 0, named(2, "SEEK_END")]);
  program.store(8, offset, end);
  return {
    fd,
    header,
    buffer,
    iovec: program.words([header, LOG_HEADER.size, buffer, 0]),
    offset,
    lost: exit.plus(EXIT.lost),
    wake: wake?.number,
  };
}

/**
 * Reads what a source has and appends it as one record. A record that does
 * not fit the disk is counted as lost, and the next one takes its place.
 */
function emitCopy(
  program: Program,
  source: Addr,
  stream: number,
  log: LogWriter,
): void {
  const done = program.label();
  const closed = program.label();
  const lost = program.label();
  const events = program.load(2, source.plus(REVENTS));
  program.jumpIf(events, "eq", 0, done);
  const fd = program.load(4, source);
  const count = program.sys("read", [fd, log.buffer, BUFFER], {
    onError: closed,
  });
  program.jumpIf(count, "eq", 0, closed);
  program.sys("clock_gettime", [named(0, "CLOCK_REALTIME"), log.header]);
  program.store(4, log.header.plus(LOG_HEADER.length), count);
  program.store(4, log.header.plus(LOG_HEADER.stream), stream);
  program.store(8, log.iovec.plus(24), count);
  const whole = program.add(count, LOG_HEADER.size);
  const written = program.sys("pwritev", [
    log.fd,
    log.iovec,
    2,
    deref(log.offset),
    0,
  ], { onError: lost });
  program.jumpIf(written, "ne", whole, lost);
  program.store(8, log.offset, program.add(deref(log.offset), whole));
  if (log.wake !== undefined) {
    // Full, it has enough bytes to wake; without a reader, none to be woken.
    program.sys("write", [log.wake, "+", 1], { onError: "ignore" });
  }
  program.jump(done);
  program.place(lost);
  program.store(8, log.lost, program.add(deref(log.lost), count));
  program.jump(done);
  program.place(closed);
  program.store(4, source, -1);
  program.store(2, source.plus(REVENTS), 0);
  program.place(done);
}

/** Reaps every child that ended; of init, notes how and when. */
function emitReap(
  program: Program,
  signals: Addr,
  exit: Addr,
  init: Arg,
  loop: Label,
): void {
  const events = program.load(2, signals.plus(REVENTS));
  program.jumpIf(events, "eq", 0, loop);
  const info = program.space(128); // siginfo_t
  const fd = program.load(4, signals);
  program.sys("read", [fd, program.space(128), 128], { onError: "ignore" });
  const next = program.label();
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
  program.jump(next);
}

function openRow(program: Program, path: Arg, what: string): Arg {
  return program.sys("openat", [
    AT_CWD,
    path,
    named(O.RDONLY | O.CLOEXEC, "O_RDONLY|O_CLOEXEC"),
    0,
  ], { what });
}
