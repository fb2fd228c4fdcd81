/**
 * The monitor of a container: a program of rows, a few tens of kilobytes in
 * all. It detaches itself, gives birth to init, and then does what
 * `monitor_loop.ts` says for as long as the container lives, whatever becomes
 * of the rkl that started it.
 *
 * @module
 */
import { AT_FDCWD, type Fd, O } from "../sys/fd.ts";
import { words } from "../sys/memory.ts";
import { emitReport, openRow } from "../runtime/emit/rows.ts";
import {
  type Addr,
  type Arg,
  named,
  NULL,
  type Program,
} from "../runtime/init/program.ts";
import { CLONE, nameCloneFlags } from "../runtime/namespaces.ts";
import type { Birth, Supervisor } from "../runtime/request.ts";
import { emitLoop, type LoopFiles, SIGSET_SIZE } from "./monitor_loop.ts";
import { SIGNALS } from "./monitor_terms.ts";
import { EXIT, EXIT_SIZE } from "./records.ts";

/** Descriptors a monitor is given. */
export interface MonitorFiles extends LoopFiles {
  recordPath: string;
  stdin: Fd;
  /** Sockets that keep the container's ports from others. */
  ports?: readonly Fd[];
}

const SIGNAL_FD = 102;
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
      ...(files.stdinPipe ? [files.stdinPipe] : []),
      ...(files.stdinWriter ? [files.stdinWriter] : []),
      ...(files.wake ? [files.wake] : []),
      ...files.ports ?? [],
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
  emitReport(program, birth.report);
  emitDetach(program);
  const exit = program.bytes(new Uint8Array(EXIT_SIZE));
  const signals = emitSignals(program);
  const init = emitBirth(program, birth, files, exit);
  emitCloseOthers(program, files);
  emitLoop(program, files, { signals, exit, init });
}

/**
 * A child of a child belongs to nobody who could be asked to wait for it, and
 * dies with no terminal.
 */
function emitDetach(program: Program): void {
  const monitor = program.label();
  const what = "start the monitor";
  const child = program.sys("clone", [SIGNALS.child, 0, 0, 0, 0], { what });
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

/** Nothing but SIGKILL interrupts; what it hears of is read from the result. */
function emitSignals(program: Program): Arg {
  const all = words(-1);
  const SIG_BLOCK = named(0, "SIG_BLOCK");
  program.sys("rt_sigprocmask", [SIG_BLOCK, all, NULL, SIGSET_SIZE]);
  const heard = Object.values(SIGNALS)
    .reduce((mask, signal) => mask | (1 << (signal - 1)), 0);
  const signals = program.sys("signalfd4", [
    -1,
    words(heard),
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
    const pid = openRow(
      { program },
      birth.pidNamespace,
      O.RDONLY,
      "join the pid namespace",
    );
    program.sys("setns", [pid, named(CLONE.NEWPID, "CLONE_NEWPID")], {
      what: `join the pid namespace ${birth.pidNamespace}`,
    });
  }
  // struct clone_args: see `launch.ts`
  const flags = BigInt(birth.cloneFlags) |
    BigInt(birth.cgroup === undefined ? 0 : CLONE.INTO_CGROUP);
  const args = program.bytes(
    words(flags, 0, 0, 0, SIGNALS.child, 0, 0, 0, 0, 0, 0),
  );
  if (birth.cgroup !== undefined) {
    const cgroup = openRow(
      { program },
      birth.cgroup,
      O.RDONLY,
      "enter the cgroup",
    );
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
  const { log, record, output, terminal, wake, ports = [] } = files;
  const { stdinPipe, stdinWriter } = files;
  const kept = [
    log.number,
    record.number,
    ...(output ? [output.stdout[0].number, output.stderr[0].number] : []),
    ...(terminal ? [terminal.ours.number] : []),
    ...(stdinPipe ? [stdinPipe.number] : []),
    ...(stdinWriter ? [stdinWriter.number] : []),
    ...(wake ? [wake.number] : []),
    ...ports.map(({ number }) => number),
    SIGNAL_FD,
  ].sort((a, b) => a - b);
  let first = 3;
  for (const fd of kept) {
    if (fd > first) program.sys("close_range", [first, fd - 1, 0]);
    first = fd + 1;
  }
  program.sys("close_range", [first, 0xffff_ffff, 0]);
}
