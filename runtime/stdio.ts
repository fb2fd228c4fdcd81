/**
 * What a container's process gets as stdin, stdout and stderr, where that is not
 * a terminal.
 *
 * @module
 */
import { ifThere } from "../sys/entry.ts";
import { AT, AT_FDCWD, Fd, O, open } from "../sys/fd.ts";
import { words } from "../sys/memory.ts";
import { syscall, trySyscall } from "../sys/syscall.ts";
import { MOUNT_ATTR } from "./mount_options.ts";
import type { Config } from "./spec.ts";

/**
 * st_rdev of /dev/null, as makedev(3) has it; see "Memory devices" of the
 * kernel's admin-guide/devices.txt.
 */
const NULL_DEVICE = (1 << 8) | 3;

/**
 * Opens the host's /dev/null for a container: by a read-only mount that hangs
 * nowhere, so that it can be read and written, while its mode and its owner,
 * which are the host's, cannot be changed through /proc/self/fd.
 *
 * @throws {SyscallError}
 */
export function openNull(): Fd {
  const OPEN_TREE_CLONE = 1;
  const path = "/dev/null";
  const flags = OPEN_TREE_CLONE | O.CLOEXEC;
  using mount = new Fd(syscall("open_tree", AT_FDCWD, path, flags), path);
  // struct mount_attr { u64 attr_set, attr_clr, propagation, userns_fd; }
  const attributes = words(MOUNT_ATTR.RDONLY, 0, 0, 0);
  const { length } = attributes;
  const { number } = mount;
  syscall("mount_setattr", number, "", AT.EMPTY_PATH, attributes, length);
  return open(`/proc/self/fd/${number}`, O.RDWR);
}

/**
 * Readies rkl's own stdin, stdout and stderr for a container's process that has
 * the user `uid` there: /dev/null as {@linkcode openNull}, pipes and sockets as
 * {@linkcode lend}.
 *
 * @throws {SyscallError}
 */
export function lendOwn(config: Config, uid: number): void {
  const those = (suits: (file: Deno.FileInfo) => boolean | null) =>
    [0, 1, 2].filter((fd) => {
      const path = `/proc/self/fd/${fd}`;
      const file = ifThere(path, () => Deno.statSync(path));
      return file && suits(file);
    });
  const nulls = those((file) => file.isCharDevice && file.rdev === NULL_DEVICE);
  if (nulls.length > 0) {
    using nothing = openNull();
    for (const fd of nulls) syscall("dup3", nothing.number, fd, 0);
  }
  lend(those((file) => file.isFifo || file.isSocket), config, uid);
}

/**
 * Has pipes and sockets be those of the user `uid` of a container, who may open
 * them anew then, as /dev/stdout; else only root could. What is no longer there,
 * or another's, stays.
 */
export function lend(
  fds: readonly number[],
  config: Config,
  uid: number,
): void {
  const owner = hostUid(config, uid);
  if (!owner) return;
  for (const fd of fds) trySyscall("fchown", fd, owner, -1);
}

/** Who a user of a container is on the host; undefined for nobody there. */
export function hostUid({ linux }: Config, uid: number): number | undefined {
  const isMapped = linux?.namespaces?.some(({ type }) => type === "user");
  if (!isMapped) return uid;
  const range = linux?.uidMappings?.find(({ containerID, size }) =>
    containerID <= uid && uid < containerID + size
  );
  return range && range.hostID + uid - range.containerID;
}
