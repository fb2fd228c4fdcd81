/**
 * The rows by which a monitor writes its container's log: what a source has
 * becomes a record, files that are full are followed by new ones, and the first
 * are deleted. `log/record.ts` and `log/files.ts` tell of both.
 *
 * From pipes the bytes go straight to the file, so that the monitor needs no
 * memory for them.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { type Fd, O } from "../../sys/fd.ts";
import { words } from "../../sys/memory.ts";
import {
  type Addr,
  type Arg,
  deref,
  type Label,
  named,
  NULL,
  type Program,
  type Ref,
  type Subroutine,
} from "../../runtime/init/program.ts";
import {
  F_OFD_SETLK,
  fileName,
  NAME_DIGITS,
  WRITE_LOCK,
} from "../log/files.ts";
import { POLLFD, SIGSET_SIZE } from "../../runtime/emit/poll.ts";
import { BLOCK, LOG_HEADER } from "../log/record.ts";
import type { LogLimits } from "../log/limits.ts";

/** The log that a monitor writes. */
export interface LogFiles {
  /** Where its files are. */
  readonly directory: Fd;
  /** The last of them, open for writing. */
  readonly last: Fd;
  /** Its number, and the first one's. */
  readonly number: number;
  readonly first: number;
  readonly limits: LogLimits;
}

/** What a source is. */
export type SourceKind = "pipe" | "terminal";

/** Bytes that a terminal gives at once. */
const TERMINAL_BUFFER = 4096;
/** Where the monitor has /dev/null. */
const DEV_NULL = 1;

const SPLICE_F = named(3, "SPLICE_F_MOVE|SPLICE_F_NONBLOCK");
const O_NEW = named(
  O.RDWR | O.CREAT | O.TRUNC | O.CLOEXEC,
  "O_RDWR|O_CREAT|O_TRUNC|O_CLOEXEC",
);
const O_OLD = named(O.RDWR | O.CLOEXEC, "O_RDWR|O_CLOEXEC");
const CLOEXEC = named(O.CLOEXEC, "O_CLOEXEC");
const EAGAIN = named(-ERRNO.EAGAIN!, "-EAGAIN");
const LOCK_EX_NB = named(6, "LOCK_EX|LOCK_NB");

/** Writes a log. */
export interface LogWriter {
  /** Appends what the source of a pollfd has, if it has something. */
  copy(source: Addr, stream: number): void;
  /** Leaves nothing behind the last record. */
  finish(): void;
}

/** What the rows share. */
interface Memory {
  program: Program;
  log: LogFiles;
  wake: Fd | undefined;
  /** u64: the address of the pollfd whose turn it is. */
  source: Addr;
  /** The record's, in front of its bytes. */
  header: Addr;
  /** u64: where the next record goes, whole ones being before it. */
  offset: Addr;
  /** u64: where its bytes go. */
  at: Addr;
  /** u64: where it ends at most. */
  end: Addr;
  /** u64: bytes that did not reach the disk. */
  lost: Addr;
  /** The pollfd of ends of children. */
  signals: Addr;
  /** What a terminal gave. */
  buffer: Addr | undefined;
}

/**
 * Prepares to write a log.
 *
 * @param wake Gets a byte whenever there is more to read.
 */
export function logWriter(
  program: Program,
  options: {
    log: LogFiles;
    wake: Fd | undefined;
    lost: Addr;
    signals: Addr;
    kind: SourceKind;
  },
): LogWriter {
  const { log, wake, lost, signals, kind } = options;
  const space = () => program.space(8);
  const header = program.space(LOG_HEADER.size);
  const offset = space();
  const memory: Memory = {
    ...{ program, log, wake, lost, signals, header, offset },
    ...{ source: space(), at: space(), end: space() },
    buffer: kind === "terminal" ? program.space(TERMINAL_BUFFER) : undefined,
  };
  const { number } = log.last;
  const size = program.sys("lseek", [number, 0, named(2, "SEEK_END")]);
  program.store(8, offset, size);
  const copy = program.subroutine();
  const past = program.label();
  program.jump(past);
  emitRecord(memory, copy, kind);
  program.place(past);
  return {
    copy(source, stream) {
      const done = program.label();
      const events = program.load(2, source.plus(POLLFD.revents));
      program.jumpIf(events, "eq", 0, done);
      program.store(8, memory.source, source);
      program.store(4, header.plus(LOG_HEADER.stream), stream);
      program.call(copy);
      program.place(done);
    },
    finish() {
      program.sys("ftruncate", [number, deref(offset)], { onError: "ignore" });
    },
  };
}

/** Makes one record of what a source has, and all that this takes. */
function emitRecord(
  memory: Memory,
  { entry, exit }: Subroutine,
  kind: SourceKind,
): void {
  const { program, header, offset, at, lost, source } = memory;
  const log = memory.log.last.number;
  const failed = program.label(), discard = program.label();
  const closed = program.label(), cut = program.label();
  const back = program.label();

  program.place(entry);
  const room = emitRoom(memory, discard);
  const fd = program.load(4, deref(source));
  const count = kind === "pipe"
    ? program.sys("splice", [fd, NULL, log, at, room, SPLICE_F], {
      onError: failed,
    })
    : emitRead(memory, fd, room, failed);
  program.jumpIf(count, "eq", 0, closed);
  if (kind === "terminal") emitWrite(memory, count, cut);
  // Its header makes it a record.
  program.sys("clock_gettime", [named(0, "CLOCK_REALTIME"), header]);
  program.store(4, header.plus(LOG_HEADER.length), count);
  const { size } = LOG_HEADER;
  const written = program.sys("pwrite64", [log, header, size, deref(offset)], {
    onError: cut,
  });
  program.jumpIf(written, "ne", size, cut);
  const whole = program.add(count, size);
  program.store(8, offset, program.add(deref(offset), whole));
  emitWake(memory);
  program.jump(back);

  program.place(failed);
  program.jumpIf(count, "eq", EAGAIN, back);
  // A terminal that nobody has open any more fails; with a pipe it is the disk.
  if (kind === "terminal") program.jump(closed);
  // It is full: what the source has is counted, so that who writes goes on.
  program.place(discard);
  const rest = program.load(4, deref(source));
  const gone = kind === "pipe"
    ? program.sys("splice", [rest, NULL, DEV_NULL, NULL, BLOCK, SPLICE_F], {
      onError: closed,
    })
    : emitRead(memory, rest, TERMINAL_BUFFER, closed);
  program.jumpIf(gone, "eq", 0, closed);
  program.store(8, lost, program.add(deref(lost), gone));
  program.jump(back);
  // What half of a record left would be taken for the next one.
  program.place(cut);
  program.store(8, lost, program.add(deref(lost), count));
  program.sys("ftruncate", [log, deref(offset)], { onError: "ignore" });
  program.jump(back);

  program.place(closed);
  program.store(4, deref(source), -1);
  const revents = program.add(deref(source), POLLFD.revents);
  program.store(2, revents, 0);
  program.place(back);
  program.comeBack({ entry, exit });
}

/** A terminal gives little at once, and old kernels do not splice(2) it. */
function emitRead(
  { program, buffer }: Memory,
  fd: Arg,
  room: Arg,
  failed: Label,
): Ref {
  const most = program.space(8);
  const less = program.label();
  program.store(8, most, room);
  program.jumpIf(room, "ltu", TERMINAL_BUFFER, less);
  program.store(8, most, TERMINAL_BUFFER);
  program.place(less);
  return program.sys("read", [fd, buffer!, deref(most)], { onError: failed });
}

/** Writes what was read where the next record's bytes go. */
function emitWrite(
  { program, buffer, at, log }: Memory,
  count: Arg,
  cut: Label,
): void {
  const { number } = log.last;
  const written = program.sys("pwrite64", [number, buffer!, count, deref(at)], {
    onError: cut,
  });
  program.jumpIf(written, "ne", count, cut);
}

/**
 * Settles where the next record begins, with a new block or a new file where it
 * must be. Its result is how long it may be.
 */
function emitRoom(memory: Memory, failed: Label): Ref {
  const { program, log, offset, at, end } = memory;
  const { maxSize } = log.limits;
  const again = program.label(), fits = program.label();
  program.place(again);
  const last = program.or(deref(offset), BLOCK - 1);
  program.store(8, end, program.add(last, 1));
  if (maxSize !== undefined) {
    const within = program.label();
    program.jumpIf(deref(end), "ltu", maxSize, within);
    program.store(8, end, maxSize);
    program.place(within);
  }
  program.store(8, at, program.add(deref(offset), LOG_HEADER.size));
  program.jumpIf(deref(at), "ltu", deref(end), fits);
  if (maxSize !== undefined) {
    const next = program.label();
    program.jumpIf(deref(end), "ltu", maxSize, next);
    emitNextFile(memory, again, failed);
    program.place(next);
  }
  program.store(8, offset, deref(end));
  program.jump(again);
  program.place(fits);
  return program.sub(deref(end), deref(at));
}

/** Goes on with a new file, and deletes what there is too much of. */
function emitNextFile(memory: Memory, done: Label, failed: Label): void {
  const { program, log, offset } = memory;
  const directory = log.directory.number;
  const next = fileNameBlock(program, log.number + 1);
  const fd = program.sys("openat", [directory, next, O_NEW, 0o600], {
    onError: failed,
  });
  program.sys("dup3", [fd, log.last.number, CLOEXEC], { onError: "ignore" });
  program.sys("close", [fd], { onError: "ignore" });
  program.store(8, offset, 0);
  emitCountUp(program, next);
  // Who waits at the end of the file before lets go of it.
  emitWake(memory);

  const { maxFile, spare } = log.limits;
  const files = program.words([log.number - log.first + 1]);
  const oldest = fileNameBlock(program, log.first);
  program.store(8, files, program.add(deref(files), 1));
  const sweep = program.label(), gone = program.label();
  const held = program.label(), leave = program.label();
  const unlink = program.label();
  program.place(sweep);
  program.jumpIf(deref(files), "ltu", maxFile + 1, done);
  const old = program.sys("openat", [directory, oldest, O_OLD], {
    onError: gone,
  });
  emitPatience(memory, old, leave);
  program.sys("flock", [old, LOCK_EX_NB], { onError: held });
  program.place(unlink);
  program.sys("unlinkat", [directory, oldest, 0], { onError: "ignore" });
  program.sys("close", [old], { onError: "ignore" });
  program.place(gone);
  emitCountUp(program, oldest);
  program.store(8, files, program.sub(deref(files), 1));
  program.jump(sweep);
  program.place(held);
  program.jumpIf(deref(files), "geu", maxFile + spare + 1, unlink);
  program.place(leave);
  program.sys("close", [old], { onError: "ignore" });
  program.jump(done);
}

/**
 * Waits until nobody who waits reads a file any more; or until a child has
 * ended, which is to be reaped, and of what it wrote little is left to keep.
 */
function emitPatience(
  { program, signals }: Memory,
  file: Arg,
  noMore: Label,
): void {
  const lock = named(F_OFD_SETLK, "F_OFD_SETLK");
  const [FIRST, LONGEST] = [500_000, 64_000_000]; // ns
  const pause = program.bytes(words(0, 0)); // struct timespec
  const length = pause.plus(8);
  program.store(8, length, FIRST);
  const wait = program.label(), read = program.label(), free = program.label();
  const often = program.label();
  program.place(wait);
  const taken = program.sys("fcntl", [file, lock, WRITE_LOCK], {
    onError: read,
  });
  program.jump(free);
  program.place(read);
  // Where there are no such locks, nobody has one.
  program.jumpIf(taken, "ne", EAGAIN, free);
  const ended = program.sys("ppoll", [signals, 1, pause, NULL, SIGSET_SIZE], {
    onError: noMore,
  });
  program.jumpIf(ended, "ne", 0, noMore);
  program.jumpIf(deref(length), "geu", LONGEST, often);
  program.store(8, length, program.shl(deref(length), 1));
  program.place(often);
  program.jump(wait);
  program.place(free);
}

/** A file's name, to be counted up. */
function fileNameBlock(program: Program, number: number): Addr {
  return program.bytes(new TextEncoder().encode(`${fileName(number)}\0`));
}

/** Adds one to a number in decimal digits. */
function emitCountUp(program: Program, digits: Addr): void {
  const [ZERO, NINE] = [0x30, 0x39];
  const at = program.space(8);
  const carry = program.label(), last = program.label();
  program.store(8, at, digits.plus(NAME_DIGITS - 1));
  program.place(carry);
  const digit = program.load(1, deref(at));
  program.jumpIf(digit, "ne", NINE, last);
  program.store(1, deref(at), ZERO);
  program.store(8, at, program.sub(deref(at), 1));
  program.jump(carry);
  program.place(last);
  program.store(1, deref(at), program.add(digit, 1));
}

/** Full, it has enough bytes to wake; without a reader, none to be woken. */
function emitWake({ program, wake }: Memory): void {
  if (!wake) return;
  program.sys("write", [wake.number, "+", 1], { onError: "ignore" });
}
