/**
 * Extended attributes of open files: capabilities, ACLs, what users note.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { trySyscall } from "../sys/syscall.ts";
import { procPath } from "./directory.ts";

/** Attributes by their names, such as `user.comment`. */
export type Xattrs = ReadonlyMap<string, Uint8Array>;

/** overlayfs keeps its own here, and a security module the labels it gives. */
const FOREIGN = /^(trusted\.overlay\.|security\.selinux$)/;

const NONE: Xattrs = new Map();
const names = new Uint8Array(64 * 1024); // XATTR_LIST_MAX of linux/limits.h
const value = new Uint8Array(64 * 1024); // XATTR_SIZE_MAX

/**
 * The attributes of what a descriptor stands for, of O_PATH too. None where the
 * filesystem has none.
 */
export function readXattrs(fd: number): Xattrs {
  const path = procPath(fd);
  const length = trySyscall("listxattr", path, names, names.length);
  if (length === 0 || isUnsupported(length)) return NONE;
  if (length < 0) throw new SyscallError("list attributes of", path, -length);
  const all = new Map<string, Uint8Array>();
  const text = new TextDecoder().decode(names.subarray(0, length));
  for (const name of text.split("\0")) {
    if (name === "" || FOREIGN.test(name)) continue;
    const size = trySyscall("getxattr", path, name, value, value.length);
    // It may have been removed meanwhile.
    if (size >= 0) all.set(name, value.slice(0, size));
  }
  return all;
}

/**
 * Gives attributes to what a descriptor stands for; a filesystem that has none
 * is left without.
 *
 * @throws {SyscallError} ENOSPC, for one
 */
export function writeXattrs(fd: number, xattrs: Xattrs): void {
  for (const [name, value] of xattrs) {
    if (FOREIGN.test(name)) continue;
    const result = trySyscall(
      "setxattr",
      ...[procPath(fd), name, value, value.length, 0],
    );
    if (result >= 0 || isUnsupported(result)) continue;
    throw new SyscallError(`set ${name} of`, procPath(fd), -result);
  }
}

/** EPERM: attributes of users are for files and directories only. */
function isUnsupported(result: number): boolean {
  return result === -ERRNO.EOPNOTSUPP! || result === -ERRNO.EPERM! ||
    result === -ERRNO.ENODATA!;
}
