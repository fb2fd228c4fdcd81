/**
 * Where a file that rkl gives a container is mounted.
 *
 * @module
 */
import type { Config, Mount } from "../../runtime/spec.ts";
import { ERRNO } from "../../sys/errno.ts";
import { exists } from "../../sys/entry.ts";
import { AT_FDCWD } from "../../sys/fd.ts";
import { resolveAsText, resolvePath } from "../../sys/path.ts";
import { trySyscall } from "../../sys/syscall.ts";

/** As many links as the kernel follows, or so: MAXSYMLINKS. */
const MOST_LINKS = 40;

/**
 * Where `path` is to be mounted over: what a last link in the image leads to,
 * though it may lead to what the image lacks, as `/etc/resolv.conf` does where
 * systemd's resolver runs. Undefined where it is not to be mounted: something
 * else is already, or nothing is there in a directory of the user's own, where
 * nothing is to be made.
 *
 * @param writable Whether what is missing may be made in the root.
 */
export function mountTarget(
  { root, mounts }: Pick<Config, "root" | "mounts">,
  path: string,
  writable: boolean,
): string | undefined {
  let target = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const over = findOver(mounts, target);
    if (over) return mayUse(over, target) ? target : undefined;
    // Links before the last are the kernel's affair when it mounts.
    const link = readLink(`${root.path}${target}`);
    if (link === "missing") return writable ? target : undefined;
    if (link === undefined) return target;
    target = resolveAsText(link, resolveAsText(`${target}/..`, "/"));
  }
  return undefined;
}

/** The mount that a path lies in; that of the root aside. */
function findOver(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts.findLast(({ destination }) => {
    const at = resolvePath(destination, "/");
    return path === at || path.startsWith(`${at}/`);
  });
}

function mayUse({ destination, source, options }: Mount, path: string) {
  const at = resolvePath(destination, "/");
  if (path === at) return false;
  const bound = options.some((option) => /^r?bind$/.test(option));
  return !bound || exists(`${source}${path.slice(at.length)}`);
}

/** Where a link of the image leads; undefined for what is no link. */
function readLink(path: string): string | "missing" | undefined {
  const size = trySyscall("readlinkat", AT_FDCWD, path, link, link.length);
  if (size >= 0) return new TextDecoder().decode(link.subarray(0, size));
  // What else stands in the way, the mount will tell.
  return size === -ERRNO.ENOENT! ? "missing" : undefined;
}

const link = new Uint8Array(4096); // PATH_MAX of linux/limits.h

/** Whether files can be made in a directory: its filesystem may be read-only. */
export function isWritable(directory: string): boolean {
  const W_OK = 2; // from unistd.h
  return trySyscall("faccessat2", AT_FDCWD, directory, W_OK, 0) >= 0;
}
