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

/** A setting that is not as it has to be, and cannot be changed here. */
export class FixedSettingError extends Error {
  /** Tells it from other errors. */
  override readonly name = "FixedSettingError";

  /** Says who needs what, and what can be done. */
  constructor({ path, value, who, helps }: NeededSetting, cause: unknown) {
    super(
      `${who} needs ${dotted(path)}=${value}, which cannot be changed here; ` +
        helps,
      { cause },
    );
  }
}

/** A setting that something does not work without. */
export interface NeededSetting {
  /** Below /proc/sys/net. */
  readonly path: string;
  readonly value: string;
  /** What needs it, for the message. */
  readonly who: string;
  /** What can be done where it may not be changed. */
  readonly helps: string;
}

/**
 * Has a setting be as it is needed. One that is so already is not written: in
 * most containers nothing may.
 *
 * @throws {FixedSettingError}
 */
export function ensureSetting(sysctls: Sysctls, needed: NeededSetting): void {
  const { path, value } = needed;
  if (sysctls.read(path) === value) return;
  try {
    sysctls.write(path, value);
  } catch (error) {
    if (!isReadOnly(error)) throw error;
    throw new FixedSettingError(needed, error);
  }
}

/** A setting as sysctl(8) writes it; dots of its parts become slashes. */
export function dotted(setting: string): string {
  const swap = (part: string) => part.replaceAll(".", "/");
  return `net.${setting.split("/").map(swap).join(".")}`;
}

/** Whether a setting cannot be changed here, as in most containers. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof SyscallError &&
    ["EROFS", "EACCES", "EPERM"].includes(error.code);
}

function pathOf(name: string): string {
  return `/proc/sys/net/${name}`;
}
