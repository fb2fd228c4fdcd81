/**
 * The linker from steps to rows: what each step of a plan is in system calls.
 *
 * @module
 */
import { O } from "../../sys/fd.ts";
import { words } from "../../sys/memory.ts";
import {
  type Addr,
  type Arg,
  deref,
  named,
  NULL,
  type Program,
  type Ref,
} from "../init/program.ts";
import { MS } from "../mount_options.ts";
import { CLONE, nameCloneFlags, NAMESPACES } from "../namespaces.ts";
import { RLIMITS } from "../spec/tables.ts";
import type { Step } from "../steps.ts";
import { emitConsole } from "./console.ts";
import { emitCredentials } from "./credentials.ts";
import { describeStep } from "./describe.ts";
import { emitExec, emitFind, emitGate, emitHold } from "./exec.ts";
import {
  emitBareRoot,
  emitBind,
  emitClosePath,
  emitDevice,
  emitHoldShared,
  emitMaskedPaths,
  emitMount,
  emitPivotRoot,
  emitReadonlyPaths,
  emitRoot,
  type PathCloser,
  pathCloser,
} from "./mounts.ts";
import { emitReaper } from "./reaper.ts";
import {
  emitAttributes,
  emitReport,
  emitWrite,
  mountFlags,
  openInRoot,
  openRow,
  READ_ONLY,
  split,
  tolerate,
  writeAndClose,
} from "./rows.ts";
import {
  emitTarget,
  emitTargetMaker,
  type TargetMaker,
  targetMaker,
} from "./target.ts";
import {
  emitDirectoryAsUser,
  emitWorkingDirectory,
} from "./working_directory.ts";

/** Descriptors the program was given, as numbers. */
export interface Channels {
  /** Where a failure is written: 8 bytes, row and errno. */
  report: Arg;
  /** Where one byte says that the gate is reached. */
  ready: Arg;
  /** From where one byte opens the gate. */
  gate: Arg;
  /** A socket over which the terminal's master is sent. */
  console: Arg;
  /** A pidfd of the init of a container that is entered. */
  init: Arg;
  /** What becomes stdin, stdout and stderr; by default they stay. */
  stdio?: readonly [Arg, Arg, Arg];
}

/** What steps share while they are turned into rows. */
export interface Emitter {
  program: Program;
  channels: Channels;
  /** The container's root: a descriptor, in memory since it changes. */
  root: Arg;
  setRoot(fd: Arg): void;
  /** Where the address of the file to execute is kept. */
  file: Addr;
  /** u32: the row on whose behalf a subroutine runs, or 0. */
  purpose: Addr;
  targets: TargetMaker;
  /** Mounts that are held for their targets. */
  held: Map<string, Ref>;
  /** Whether the working directory is entered: 0, or a negative errno. */
  entered?: Ref;
  /** Enters the profile that is held. */
  enterProfile?: () => void;
  readonlyPaths: PathCloser;
  maskedPaths: PathCloser;
}

/**
 * Appends the rows of `steps`. A failure anywhere is written to the report
 * and ends the process.
 */
export function emitSteps(
  program: Program,
  steps: readonly Step[],
  channels: Channels,
): void {
  const purpose = program.space(4);
  emitReport(program, channels.report, () => {
    const own = program.label();
    const marked = program.load(4, purpose);
    program.jumpIf(marked, "eq", 0, own);
    program.store(4, program.failedRow, marked);
    program.place(own);
  });
  // Until exec, nobody in the container may look into this process: it holds
  // descriptors of the host.
  const PR_SET_DUMPABLE = named(4, "PR_SET_DUMPABLE");
  program.sys("prctl", [PR_SET_DUMPABLE, 0, 0, 0, 0]);
  emitSignals(program);
  // What is made on the way to a target is for all to pass, whoever calls rkl.
  program.sys("umask", [named(0o022, "022")]);
  channels.stdio?.forEach((fd, stdio) => {
    program.sys("dup3", [fd, stdio, 0], { what: "set up stdin and stdout" });
  });
  const rootSlot = program.space(8);
  const emitter: Emitter = {
    program,
    channels,
    root: deref(rootSlot),
    setRoot: (fd) => program.store(8, rootSlot, fd),
    file: program.space(8),
    purpose,
    targets: targetMaker(program),
    held: new Map(),
    readonlyPaths: pathCloser(program),
    maskedPaths: pathCloser(program),
  };
  for (const step of steps) emitStep(emitter, step);
  // Behind exec, only called.
  if (!steps.some(({ op }) => op === "root")) return;
  emitTargetMaker(emitter);
  emitReadonlyPaths(emitter);
  emitMaskedPaths(emitter);
}

/**
 * Signals as a new process has them: none blocked, none ignored (Deno ignores
 * SIGPIPE, and a caller may ignore others). Exec resets those that are caught,
 * not these.
 */
function emitSignals(program: Program): void {
  const SIG_SETMASK = named(2, "SIG_SETMASK");
  const MOST_SIGNALS = 64;
  program.sys("rt_sigprocmask", [SIG_SETMASK, words(0), NULL, 8]);
  // struct sigaction of the kernel: handler SIG_DFL, flags, restorer, mask
  const byDefault = program.bytes(words(0, 0, 0, 0));
  const signal = program.bytes(words(1));
  const next = program.label();
  program.place(next);
  // SIGKILL and SIGSTOP refuse, and are as they should be.
  program.sys("rt_sigaction", [deref(signal), byDefault, NULL, 8], {
    onError: "ignore",
  });
  program.store(8, signal, program.add(deref(signal), 1));
  program.jumpIf(deref(signal), "lt", MOST_SIGNALS + 1, next);
}

function emitStep(emitter: Emitter, step: Step): void {
  const { program, channels } = emitter;
  const what = describeStep(step);
  switch (step.op) {
    case "enterCgroup":
      return emitWrite(emitter, step.file, "0", what);
    case "joinNamespace": {
      const { flag, name } = NAMESPACES.get(step.type)!;
      const fd = openRow(emitter, step.path, O.RDONLY, what);
      program.sys("setns", [fd, named(flag, name)], { what });
      return;
    }
    case "enterContainer": {
      // By the host's path, so before the mount namespace is another.
      const root = openRow(emitter, step.root, O.PATH | O.DIRECTORY, what);
      program.sys("setns", [
        channels.init,
        named(step.flags, nameCloneFlags(step.flags)),
      ], { what });
      program.sys("fchdir", [root], { what });
      program.sys("chroot", ["."], { what });
      program.sys("chdir", ["/"], { what });
      return;
    }
    case "unshare":
      program.sys(
        "unshare",
        [named(step.flags, nameCloneFlags(step.flags))],
        { what },
      );
      if (step.flags & CLONE.NEWTIME) emitEnterTime(emitter, what);
      return;
    case "becomeRoot":
      program.sys("setresgid", [0, 0, 0], { what });
      program.sys("setresuid", [0, 0, 0], { what });
      return;
    case "loopbackUp":
      return emitLoopback(emitter, what);
    case "hostname":
    case "domainname":
      program.sys(
        step.op === "hostname" ? "sethostname" : "setdomainname",
        [step.name, new TextEncoder().encode(step.name).length],
        { what },
      );
      return;
    case "propagation":
    case "rootPropagation":
      program.sys(
        "mount",
        ["none", "/", NULL, mountFlags(step.flags), NULL],
        { what },
      );
      return;
    case "root":
      return emitRoot(emitter, step, what);
    case "mount":
      return emitMount(emitter, step, what);
    case "bind":
      return emitBind(emitter, step, what);
    case "holdShared":
      return emitHoldShared(emitter, step, what);
    case "symlink": {
      const { directory, name } = split(step.path);
      const parent = emitTarget(emitter, directory, "directory", what);
      // One that the image has already stays as it is.
      return tolerate(
        program,
        "EEXIST",
        (onError) =>
          program.sys("symlinkat", [step.target, parent, name], {
            what,
            onError,
          }),
      );
    }
    case "device":
      return emitDevice(emitter, step, what);
    case "directory":
      emitTarget(emitter, step.path, "directory", what);
      return;
    case "readonlyPath":
      return emitClosePath(emitter, emitter.readonlyPaths, step.path, what);
    case "maskPath":
      return emitClosePath(emitter, emitter.maskedPaths, step.path, what);
    case "readonlyMount": {
      const fd = openInRoot(emitter, step.target, what);
      emitAttributes(emitter, fd, READ_ONLY, what);
      return;
    }
    case "write":
      return emitWrite(emitter, step.file, step.value, what);
    case "holdProfile": {
      const fd = openRow(emitter, step.file, O.WRONLY, what);
      emitter.enterProfile = () => writeAndClose(emitter, fd, step.value, what);
      return;
    }
    case "enterProfile":
      return emitter.enterProfile!();
    case "pivotRoot":
      return emitPivotRoot(emitter, what);
    case "bareRoot":
      return emitBareRoot(emitter, what);
    case "hold":
      return emitHold(emitter);
    case "moveRoot":
      program.sys("fchdir", [emitter.root], { what });
      program.sys("mount", [".", "/", NULL, mountFlags(MS.MOVE), NULL], {
        what,
      });
      program.sys("chroot", ["."], { what });
      program.sys("chdir", ["/"], { what });
      return;
    case "newSession":
      program.sys("setsid", [], { onError: "ignore" });
      return;
    case "console":
      return emitConsole(emitter, step, what);
    case "umask":
      program.sys("umask", [step.mask]);
      return;
    case "rlimit": {
      const limit = words(
        BigInt.asIntN(64, step.soft),
        BigInt.asIntN(64, step.hard),
      );
      program.sys("prlimit64", [
        0,
        named(RLIMITS.get(step.type)!, step.type),
        program.bytes(limit),
        NULL,
      ], { what });
      return;
    }
    case "credentials":
      return emitCredentials(emitter, step);
    case "noNewPrivileges":
      program.sys("prctl", [
        named(38, "PR_SET_NO_NEW_PRIVS"),
        1,
        0,
        0,
        0,
      ], { what });
      return;
    case "dieWithParent": {
      const [PR_SET_PDEATHSIG, SIGKILL] = [1, 9];
      program.sys("prctl", [
        named(PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG"),
        named(SIGKILL, "SIGKILL"),
        0,
        0,
        0,
      ], { what });
      return;
    }
    case "workingDirectory":
      return emitWorkingDirectory(emitter, step.path, what);
    case "workingDirectoryAsUser":
      return emitDirectoryAsUser(emitter, step.path, what);
    case "find":
      return emitFind(emitter, step);
    case "gate":
      return emitGate(emitter);
    case "reaper":
      return emitReaper(emitter, step, what);
    case "exec":
      return emitExec(emitter, step);
  }
}

/** A new time namespace is for children only; before Linux 6.3, exec stays out. */
function emitEnterTime(emitter: Emitter, what: string): void {
  const path = "/proc/self/ns/time_for_children";
  const time = openRow(emitter, path, O.RDONLY, what);
  const NEWTIME = named(CLONE.NEWTIME, nameCloneFlags(CLONE.NEWTIME));
  emitter.program.sys("setns", [time, NEWTIME], { what });
}

function emitLoopback({ program }: Emitter, what: string): void {
  const [AF_INET, SOCK_DGRAM, CLOEXEC] = [2, 2, 0o2000000];
  const [SIOCSIFFLAGS, IFF_UP_RUNNING] = [0x8914, 0x41];
  // struct ifreq { char ifr_name[16]; short ifr_flags; … }
  const ifreq = new Uint8Array(40);
  ifreq.set(new TextEncoder().encode("lo"));
  new DataView(ifreq.buffer).setInt16(16, IFF_UP_RUNNING, true);
  const socket = program.sys("socket", [
    named(AF_INET, "AF_INET"),
    named(SOCK_DGRAM | CLOEXEC, "SOCK_DGRAM|SOCK_CLOEXEC"),
    0,
  ], { what });
  program.sys("ioctl", [socket, named(SIOCSIFFLAGS, "SIOCSIFFLAGS"), ifreq], {
    what,
  });
  program.sys("close", [socket]);
}
