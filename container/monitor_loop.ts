/**
 * What a monitor does while its container lives: it reads init's output and
 * writes the log, reaps children, and at the end records how init ended.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { type Fd, O } from "../sys/fd.ts";
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
import { KEPT, SIGNALS } from "./monitor_terms.ts";
import { EXIT, EXIT_SIZE, LOG_HEADER, STREAM } from "./records.ts";

/** Descriptors the loop reads and writes. */
export interface LoopFiles {
  /** The log, open for writing; the record, too. */
  log: Fd;
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
}

/** Whom the loop watches. */
export interface Watched {
  /** A signalfd that tells of children's ends. */
  signals: Arg;
  /** The record in memory, which gets init's end. */
  exit: Addr;
  /** The pid of init. */
  init: Arg;
}

/** Bytes of sigset_t in the kernel. */
export const SIGSET_SIZE = 8;

/** Bytes read at once; the monitor's memory is little more than this. */
const BUFFER = 16 * 1024;
/** Offsets in siginfo_t, from asm-generic/siginfo.h. */
const SI_CODE = 8, SI_PID = 16, SI_STATUS = 24;

/**
 * Until init has ended and nothing more is to be read: copies output to the
 * log, reaps children. Then the exit is recorded, so that who finds it finds
 * the log complete.
 */
export function emitLoop(
  program: Program,
  files: LoopFiles,
  { signals, exit, init }: Watched,
): void {
  const sources = emitSources(program, files, signals);
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
  files: LoopFiles,
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
  { log: { number: fd }, wake }: LoopFiles,
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
  const failed = program.label();
  const count = program.sys("read", [fd, log.buffer, BUFFER], {
    onError: failed,
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
  program.place(failed);
  // A terminal does not block when somebody types into it, and may be flushed.
  program.jumpIf(count, "eq", named(-ERRNO.EAGAIN!, "-EAGAIN"), done);
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
  program.jump(next);
}
