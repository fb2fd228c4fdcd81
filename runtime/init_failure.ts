/**
 * What went wrong in init, told from the row and the errno it left behind.
 *
 * @module
 */
import { viewOf } from "../sys/memory.ts";
import { describeErrno, ERRNO } from "../sys/errno.ts";
import { O, open, openFileInRoot, read } from "../sys/fd.ts";
import { SyscallError } from "../sys/errors.ts";
import { ENTER } from "./emit/describe.ts";
import { EXEC } from "./emit/exec.ts";
import { candidates } from "./process.ts";
import type { Mount, Process } from "./spec.ts";

/** Init failed before the container's program ran. */
export class InitError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InitError";

  /** Names the errno and says what it means. */
  constructor(
    /** What was being done, as it follows "cannot". */
    readonly what: string,
    /** The errno, positive. */
    readonly errno: number,
    hint = "",
  ) {
    super(`cannot ${what}: ${describeErrno(errno)}${hint && `; ${hint}`}`);
  }
}

/**
 * The container's program could not be executed, or its working directory not
 * be entered. The exit code is a shell's: 127 when it is not there, 126 when it
 * cannot be run or entered.
 */
export class ExecError extends Error {
  /** Tells it from other errors. */
  override readonly name = "ExecError";

  /** With the exit code that a shell would give. */
  constructor(
    message: string,
    /** 126 or 127. */
    readonly exitCode: 126 | 127,
  ) {
    super(message);
  }
}

/** Where the program that failed to run may be looked at. */
export interface ExecScene {
  /** The lower directory of the root filesystem. */
  rootfs: string;
  process: Process;
  /** The config's, where the program may come from. */
  mounts?: readonly Mount[];
}

/**
 * The error for a row's description and errno. A program that is there and
 * still "not found" lacks its interpreter: the file is read to name it.
 *
 * @param call The system call of the row, as strace shows it: the cause.
 */
export function explainFailure(
  what: string,
  errno: number,
  scene: ExecScene,
  call?: string,
): Error {
  if (what.startsWith(EXEC)) {
    const error = explainExec(what, errno, scene);
    error.cause = new SyscallError("execve", scene.process.args[0]!, errno);
    return error;
  }
  const error = what.startsWith(ENTER)
    ? new ExecError(
      `cannot ${what}: ${describeErrno(errno)}`,
      errno === ERRNO.ENOENT ? 127 : 126,
    )
    : new InitError(what, errno, hint(what, errno));
  if (call) error.cause = new SyscallError(call, "", errno);
  return error;
}

/** Hints for the failures people meet. */
function hint(what: string, errno: number): string {
  const { EINVAL, ENOTDIR, ENOSPC, EPERM, ENOSYS } = ERRNO;
  if (what.startsWith("mount an overlay") && errno === EINVAL) {
    return "the writable layer must be on a filesystem that overlayfs can " +
      "write to (ext4, xfs, btrfs, tmpfs); choose one with --data-root";
  }
  if (what.startsWith("bind ") && (errno === EINVAL || errno === ENOTDIR)) {
    return "a directory can be bound onto a directory only, a file onto a file";
  }
  if (errno === ENOSPC) return "the filesystem is full";
  if (what.startsWith("set RLIMIT_") && errno === EPERM) {
    return "raising a hard limit needs CAP_SYS_RESOURCE, which rkl lacks here";
  }
  if (errno === ENOSYS) return "this kernel is too old; rkl needs Linux 5.12";
  return "";
}

function explainExec(
  what: string,
  errno: number,
  scene: ExecScene,
): Error {
  const { args, env } = scene.process;
  const name = JSON.stringify(args[0]);
  const { ENOENT, EACCES, ENOEXEC } = ERRNO;
  const found = inspect(scene, candidates(args[0]!, env));
  if (errno === ENOENT || errno === ENOEXEC) {
    // The kernel looks at the machine first; ENOENT says that it took it.
    if (found?.interpreter && errno === ENOENT) {
      const there = inspect(scene, [found.interpreter]);
      if (!there) {
        return new ExecError(
          `${what}: ${found.path} is there, but its ${found.kind} ` +
            `${found.interpreter} is not in the root filesystem`,
          127,
        );
      }
    }
    if (found?.machine && found.machine !== Deno.build.arch) {
      return new ExecError(
        `${what}: ${found.path} is a program for ${found.machine}, ` +
          `and this host is ${Deno.build.arch}`,
        126,
      );
    }
  }
  if (errno === ENOENT) {
    const where = args[0]!.includes("/")
      ? "no such file in the root filesystem"
      : "executable file not found in $PATH";
    return new ExecError(`exec ${name}: ${where}`, 127);
  }
  if (errno === EACCES && found?.isLoop) {
    return new ExecError(
      `exec ${name}: too many levels of symbolic links from ${found.path}`,
      126,
    );
  }
  if (errno === EACCES) {
    return new ExecError(
      `exec ${name}: permission denied: it is ` +
        (found?.isDirectory ? "a directory" : "not an executable file, or " +
          "its filesystem is mounted noexec"),
      126,
    );
  }
  if (errno === ENOEXEC) {
    return new ExecError(
      `exec ${name}: exec format error: it is neither a program for this ` +
        'machine nor a script that begins with "#!"',
      126,
    );
  }
  return new ExecError(`exec ${name}: ${describeErrno(errno)}`, 126);
}

interface Found {
  path: string;
  isDirectory?: boolean;
  /** Symbolic links that lead nowhere but to each other. */
  isLoop?: boolean;
  kind?: "interpreter" | "loader";
  interpreter?: string;
  machine?: string;
}

/** The first candidate that exists, and what it needs to run. */
function inspect(
  scene: ExecScene,
  candidates: readonly string[],
): Found | undefined {
  for (const path of candidates) {
    try {
      const place = locate(path, scene);
      using root = open(place.root, O.PATH | O.DIRECTORY);
      using file = openFileInRoot(root, place.path);
      const head = new Uint8Array(4096);
      return { path, ...needs(head.subarray(0, read(file.number, head) ?? 0)) };
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      if (error.code === "EISDIR") return { path, isDirectory: true };
      if (error.code === "ELOOP") return { path, isLoop: true };
    }
  }
  return undefined;
}

/** Where on the host a path of the container is: below a bind mount, or not. */
function locate(
  path: string,
  { rootfs, mounts = [] }: ExecScene,
): { root: string; path: string } {
  const bind = mounts.findLast(({ destination, options }) =>
    `${path}/`.startsWith(`${destination}/`) &&
    options.some((option) => option === "bind" || option === "rbind")
  );
  if (!bind) return { root: rootfs, path };
  const rest = path.slice(bind.destination.length);
  if (rest !== "") return { root: bind.source, path: rest };
  const slash = bind.source.lastIndexOf("/");
  return {
    root: bind.source.slice(0, slash) || "/",
    path: bind.source.slice(slash + 1),
  };
}

/** e_machine of the ELF header, from linux/elf-em.h. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [3, "i386"],
  [40, "arm"],
  [62, "x86_64"],
  [183, "aarch64"],
  [243, "riscv64"],
  [22, "s390x"],
  [21, "ppc64le"],
]);

/** What a file's first bytes say: `#!` or an ELF header with PT_INTERP. */
function needs(head: Uint8Array): Omit<Found, "path"> {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (head[0] === 0x23 && head[1] === 0x21) {
    const line = text(head.subarray(2)).split("\n", 1)[0]!;
    const interpreter = line.trim().split(/\s+/, 1)[0];
    return interpreter ? { kind: "interpreter", interpreter } : {};
  }
  if (text(head.subarray(0, 4)) !== "\x7fELF" || head.length < 64) return {};
  const view = viewOf(head);
  const machine = MACHINES.get(view.getUint16(18, true)) ?? "another machine";
  if (head[4] !== 2) return { machine };
  const PT_INTERP = 3;
  const start = Number(view.getBigUint64(32, true));
  const [size, count] = [view.getUint16(54, true), view.getUint16(56, true)];
  for (let i = 0; i < count; i++) {
    const at = start + i * size;
    if (at + 40 > head.length) break;
    if (view.getUint32(at, true) !== PT_INTERP) continue;
    const offset = Number(view.getBigUint64(at + 8, true));
    const length = Number(view.getBigUint64(at + 32, true));
    if (offset + length > head.length) break;
    const interpreter = text(head.subarray(offset, offset + length - 1));
    return { machine, kind: "loader", interpreter };
  }
  return { machine };
}
