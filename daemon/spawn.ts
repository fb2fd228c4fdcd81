/**
 * Starting a daemon: a program of rows leaves the caller's session, terminal
 * and descriptors behind, and becomes rkl.
 *
 * `Deno.Command` would pass on what the caller's own caller left open: a shell
 * that waits for the end of a pipe would wait for the daemon.
 *
 * @module
 */
import {
  AT,
  AT_FDCWD,
  type Fd,
  O,
  open,
  pipe,
  read,
  setNonBlocking,
} from "../sys/fd.ts";
import { words } from "../sys/memory.ts";
import { hostArch } from "../sys/numbers.ts";
import { reap } from "../sys/process.ts";
import { describeErrno } from "../sys/errno.ts";
import type { Store } from "../runtime/store.ts";
import { emitCloseAllBut, emitReport } from "../runtime/emit/rows.ts";
import { type Linked, named, NULL, Program } from "../runtime/init/program.ts";
import { launch } from "../runtime/launch.ts";
import { ENGINE } from "./engine.ts";
import { openLog } from "./log.ts";
import { daemonDirectory, type Hold } from "./place.ts";
import { placesOf, selfArguments } from "./self.ts";

/** What the daemon's environment keeps: where programs and Deno's files are. */
const ENVIRONMENT = [
  "PATH",
  "HOME",
  "TZ",
  "LD_LIBRARY_PATH",
  "DENO_DIR",
  "XDG_CACHE_HOME",
];

/**
 * Starts the daemon of a store, which gets what is held, and returns at once.
 *
 * @throws {SyscallError} when the kernel makes no process
 * @throws {Error} where this program is not rkl, and cannot run it
 */
export function spawnDaemon(store: Store, { lock, socket }: Hold): Spawned {
  const words = [
    ...placesOf(store),
    ...["__daemon", `${lock.number}`, `${socket.number}`],
  ];
  using executable = open("/proc/self/exe", O.PATH);
  using log = openLog(daemonDirectory(store));
  return spawn({
    executable,
    args: [...selfArguments(), ...words],
    env: [
      `DENO_V8_FLAGS=${ENGINE}`,
      ...ENVIRONMENT.flatMap((name) => {
        const value = Deno.env.get(name);
        return value === undefined ? [] : [`${name}=${value}`];
      }),
    ],
    log,
    keep: [lock, socket],
  });
}

/** What is executed, and what it finds. */
export interface Successor {
  /** An open executable. */
  readonly executable: Fd;
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** Gets its output. */
  readonly log: Fd;
  /** Descriptors it keeps, under their numbers. */
  readonly keep: readonly Fd[];
}

/** What became of one that was started. */
export interface Spawned extends Disposable {
  /** Why it could not be executed; undefined if it could, or is about to be. */
  failure(): string | undefined;
}

const SIGCHLD = 17;
const SIGSET_SIZE = 8;

/**
 * Starts a daemon and returns at once. It is nobody's child, in a session of
 * its own.
 *
 * @throws {SyscallError} when the kernel makes no process
 */
export function spawn(successor: Successor): Spawned {
  const [reports, report] = pipe();
  setNonBlocking(reports.number);
  using _report = report; // the program's alone
  const linked = emitSuccessor(successor, report);
  try {
    const { executable, log, keep } = successor;
    const { pidfd } = launch(linked.elf, {
      inherit: [executable, log, report, ...keep],
    });
    using _pidfd = pidfd;
    reap(pidfd, { wait: true });
  } catch (error) {
    reports[Symbol.dispose]();
    throw error;
  }
  return {
    failure: () => readReport(reports, linked),
    [Symbol.dispose]: () => reports[Symbol.dispose](),
  };
}

/** The rows, for whoever wants to see them. */
export function emitSuccessor(
  { executable, args, env, log, keep }: Successor,
  report: Pick<Fd, "number">,
): Linked {
  const program = new Program();
  emitReport(program, report.number);
  const daemon = program.label();
  const child = program.sys("clone", [SIGCHLD, 0, 0, 0, 0], {
    what: "start a process",
  });
  program.jumpIf(child, "eq", 0, daemon);
  program.sys("exit_group", [0]);
  program.place(daemon);
  program.sys("setsid", []);
  program.sys("chdir", ["/"]);
  program.sys("umask", [named(0o022, "022")]);
  const SIG_SETMASK = named(2, "SIG_SETMASK");
  program.sys("rt_sigprocmask", [SIG_SETMASK, words(0), NULL, SIGSET_SIZE]);
  const AT_CWD = named(AT_FDCWD, "AT_FDCWD");
  const O_RDWR = named(O.RDWR, "O_RDWR");
  const nothing = program.sys("openat", [AT_CWD, "/dev/null", O_RDWR, 0]);
  program.sys("dup3", [nothing, 0, 0]);
  for (const output of [1, 2]) program.sys("dup3", [log.number, output, 0]);
  const [F_SETFD, FD_CLOEXEC] = [named(2, "F_SETFD"), named(1, "FD_CLOEXEC")];
  for (const { number } of [executable, report]) {
    program.sys("fcntl", [number, F_SETFD, FD_CLOEXEC]);
  }
  const kept = [executable, report, ...keep].map(({ number }) => number);
  emitCloseAllBut(program, 3, kept);
  program.sys("execveat", [
    executable.number,
    "",
    program.words([...args, 0]),
    program.words([...env, 0]),
    named(AT.EMPTY_PATH, "AT_EMPTY_PATH"),
  ], { what: `execute ${executable.path}` });
  return program.link(hostArch());
}

/** What the rows wrote: struct { u32 row, errno; } */
function readReport(reports: Fd, { rows }: Linked): string | undefined {
  const bytes = new Uint8Array(8);
  if (read(reports.number, bytes) !== bytes.length) return undefined;
  const view = new DataView(bytes.buffer);
  const row = rows[view.getUint32(0, true)];
  const errno = view.getUint32(4, true);
  return `cannot ${row?.what ?? row?.text}: ${describeErrno(errno)}`;
}
