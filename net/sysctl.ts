/**
 * Settings of the network in /proc/sys/net, as the calling thread's network
 * namespace has them.
 *
 * @module
 */
import { SyscallError } from "../sys/errors.ts";
import { AT_FDCWD, O, open, writeAll } from "../sys/fd.ts";
import { trySyscall } from "../sys/syscall.ts";

/** Reads and changes settings by their path below /proc/sys/net. */
export interface Sysctls {
  /** Undefined where the kernel has no such setting. */
  read(name: string): string | undefined;
  /** @throws {SyscallError} */
  write(name: string, value: string): void;
  /** Whether it may be changed here; in most containers nothing may. */
  canWrite(name: string): boolean;
  /** The names in a directory; none where there is no such. */
  list(directory: string): string[];
}

/** Those of the kernel. */
export const kernelSysctls: Sysctls = {
  read(name) {
    try {
      return Deno.readTextFileSync(pathOf(name)).trimEnd();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  },
  write(name, value) {
    using file = open(pathOf(name), O.WRONLY);
    writeAll(file.number, new TextEncoder().encode(value));
  },
  canWrite(name) {
    const W_OK = 2;
    return trySyscall("faccessat", AT_FDCWD, pathOf(name), W_OK) === 0;
  },
  list(directory) {
    try {
      return Array.from(Deno.readDirSync(pathOf(directory)), (e) => e.name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  },
};

/** Whether a setting cannot be changed here, as in most containers. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof SyscallError &&
    ["EROFS", "EACCES", "EPERM"].includes(error.code);
}

function pathOf(name: string): string {
  return `/proc/sys/net/${name}`;
}
