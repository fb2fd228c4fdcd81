/**
 * The monitor of a container: a program of rows that detaches itself and gives
 * birth to init. Then it becomes the program of `monitor/loop.ts`, by an image
 * of its own, and so lets go of the memory that init's many rows take.
 *
 * @module
 */
import { AT, AT_FDCWD, type Fd, O } from "../../sys/fd.ts";
import { words } from "../../sys/memory.ts";
import { SIGSET_SIZE } from "../../runtime/emit/poll.ts";
import {
  emitCloseAllBut,
  emitReport,
  openRow,
} from "../../runtime/emit/rows.ts";
import {
  type Arg,
  named,
  NULL,
  type Program,
} from "../../runtime/init/program.ts";
import { CLONE, nameCloneFlags } from "../../runtime/namespaces.ts";
import type { Birth, Supervisor } from "../../runtime/request.ts";
import type { LoopFiles } from "./loop.ts";
import { KEPT, SIGNALS } from "./terms.ts";
import { EXIT, EXIT_SIZE } from "./records.ts";

/** Descriptors a monitor is given. */
export interface MonitorFiles extends LoopFiles {
  recordPath: string;
  stdin: Fd;
  /** Sockets that keep the container's ports from others. */
  ports?: readonly Fd[];
  /** What it becomes: the program of `monitor/loop.ts`. */
  loop: Fd;
}

const AT_EMPTY_PATH = named(AT.EMPTY_PATH, "AT_EMPTY_PATH");
const AT_CWD = named(AT_FDCWD, "AT_FDCWD");

/** The monitor as a supervisor of a container that is being created. */
export function monitor(files: MonitorFiles): Supervisor {
  const { output, terminal } = files;
  const number = ({ number }: Fd): Arg => number;
  const stdin = number(files.stdin);
  return {
    inherit: [
      files.log.last,
      files.log.directory,
      files.record,
      files.loop,
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
  // Nothing but SIGKILL interrupts; ends of children wait to be read.
  const SIG_BLOCK = named(0, "SIG_BLOCK");
  program.sys("rt_sigprocmask", [SIG_BLOCK, words(-1), NULL, SIGSET_SIZE]);
  emitBirth(program, birth, files);
  emitOpenKill(program, birth);
  emitCloseOthers(program, files);
  const F_SETFD = named(2, "F_SETFD"), FD_CLOEXEC = named(1, "FD_CLOEXEC");
  program.sys("fcntl", [files.loop.number, F_SETFD, FD_CLOEXEC]);
  const argv = program.words([program.string("rkl-monitor"), 0]);
  program.sys("execveat", [files.loop.number, "", argv, NULL, AT_EMPTY_PATH], {
    what: "execute the monitor",
  });
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
  // Orphans of a container without a pid namespace come here to be reaped.
  program.sys("prctl", [named(36, "PR_SET_CHILD_SUBREAPER"), 1, 0, 0, 0]);
}

/** Clones init, which goes on elsewhere, and records both pids. */
function emitBirth(
  program: Program,
  birth: Birth,
  files: MonitorFiles,
): void {
  const exit = program.bytes(new Uint8Array(EXIT_SIZE));
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
}

/**
 * Keeps open what ends whoever outlives init, where the kernel does not do that.
 * It is of cgroup v2 alone, since Linux 5.14.
 */
function emitOpenKill(program: Program, { cloneFlags, cgroup }: Birth): void {
  program.sys("close", [KEPT.kill], { onError: "ignore" });
  if (cloneFlags & CLONE.NEWPID || cgroup === undefined) return;
  const path = `${cgroup}/cgroup.kill`;
  const flags = named(O.WRONLY, "O_WRONLY");
  const file = program.sys("openat", [AT_CWD, path, flags, 0], {
    onError: "ignore",
  });
  program.sys("dup3", [file, KEPT.kill, 0], { onError: "ignore" });
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
  const { log, record, output, terminal, wake, loop, ports = [] } = files;
  const { stdinPipe, stdinWriter } = files;
  const kept = [
    log.last.number,
    log.directory.number,
    record.number,
    ...(output ? [output.stdout[0].number, output.stderr[0].number] : []),
    ...(terminal ? [terminal.ours.number] : []),
    ...(stdinPipe ? [stdinPipe.number] : []),
    ...(stdinWriter ? [stdinWriter.number] : []),
    ...(wake ? [wake.number] : []),
    loop.number,
    KEPT.kill,
    ...ports.map(({ number }) => number),
  ];
  emitCloseAllBut(program, 3, kept);
}
