/**
 * The few things one does with files of a cgroup file system. Failures that a
 * caller expects are results, so that they cost no exception.
 *
 * @module
 */
import { describeErrno, ERRNO, errnoName } from "../../sys/errno.ts";
import { SyscallError } from "../../sys/errors.ts";
import { AT, AT_FDCWD, O } from "../../sys/fd.ts";
import { trySyscall } from "../../sys/syscall.ts";
import { CgroupError, type CgroupErrorFacts } from "./errors.ts";

/** Where cgroups with a relative path are. */
export const PARENT = "/rkl";

/**
 * The file of a v1 cgroup into which a process of one thread writes "0" to
 * enter it. Writing to `cgroup.procs` takes a lock of all processes of the
 * host, and waits for a grace period of RCU where nobody did so lately: 10 to
 * 20 ms. A thread that moves itself, and no other, needs no lock.
 */
export const V1_ENTRANCE = "tasks";

const encoder = new TextEncoder();

/** "" when it was done, else the errno by name. */
export type Outcome = string;

/** Makes a directory, as mkdir(2). */
export function makeDirectory(dir: string): Outcome {
  return outcome(trySyscall("mkdirat", AT_FDCWD, dir, 0o755));
}

/** Removes one cgroup, as rmdir(2): EBUSY while it has processes or children. */
export function removeDirectory(dir: string): Outcome {
  return outcome(trySyscall("unlinkat", AT_FDCWD, dir, AT.REMOVEDIR));
}

/** Whether a file or directory is there. */
export function exists(path: string): boolean {
  return trySyscall("faccessat", AT_FDCWD, path, 0) === 0;
}

/** Writes a value in one write(2), as cgroup files want it. */
export function writeValue(file: string, value: string): Outcome {
  const fd = trySyscall("openat", AT_FDCWD, file, O.WRONLY | O.CLOEXEC);
  if (fd < 0) return outcome(fd);
  const bytes = encoder.encode(value);
  const result = trySyscall("write", fd, bytes, bytes.length);
  trySyscall("close", fd);
  return outcome(result);
}

/** Reads a file, without its final newline; undefined where there is none. */
export function readValue(file: string): string | undefined {
  try {
    return Deno.readTextFileSync(file).trimEnd();
  } catch (error) {
    const gone = error instanceof Deno.errors.NotFound ||
      // A cgroup that is removed while its file is open, or a thread in a
      // cgroup.procs of a threaded cgroup.
      /os error (19|95)/.test((error as Error).message);
    if (gone) return undefined;
    throw new CgroupError(`cannot read ${file}: ${(error as Error).message}`, {
      file,
      cause: error,
    });
  }
}

/** The directories in a cgroup, which are its children. */
export function children(dir: string): string[] {
  try {
    return [...Deno.readDirSync(dir)]
      .filter((entry) => entry.isDirectory)
      .map((entry) => `${dir}/${entry.name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** An error for an outcome: what was attempted, and what stood in the way. */
export function failure(
  attempt: string,
  code: Outcome,
  facts: CgroupErrorFacts,
  hint = HINTS.get(code),
): CgroupError {
  const errno = ERRNO[code] ?? 0;
  const why = hint ? `${code} (${hint})` : describeErrno(errno);
  const { file = "", value } = facts;
  const call = value === undefined ? "change" : `write "${value}" to`;
  const cause = new SyscallError(call, file, errno);
  return new CgroupError(`cannot ${attempt}: ${why}`, {
    cause,
    ...facts,
    code,
  });
}

/** What an errno means here, where it is more than its usual text says. */
const HINTS = new Map([
  ["EACCES", "permission denied; only root may manage this cgroup"],
  ["EINVAL", "the kernel does not accept this value here"],
  ["ENOENT", "this kernel has no such file"],
  ["ENOSPC", "the parent cgroup has nothing left to give"],
  ["EPERM", "operation not permitted, or more than the parent cgroup allows"],
  ["EROFS", "the cgroup file system is mounted read-only"],
]);

function outcome(result: number): Outcome {
  return result >= 0 ? "" : errnoName(-result);
}
