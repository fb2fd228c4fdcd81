/**
 * Filesystems that hold no files, but show the kernel: nobody means them when
 * they copy the directory they are mounted in.
 *
 * @module
 */
import { viewOf } from "../sys/memory.ts";
import { trySyscall } from "../sys/syscall.ts";

/** By their numbers in linux/magic.h. */
const PSEUDO: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x0027e0eb, // cgroup
  0x63677270, // cgroup2
  0x1cd1, // devpts
  0x19800202, // mqueue
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0xcafe4a11, // bpf
]);

/** Files there may say that they are empty, and are not; these, too. */
const UNSIZED: ReadonlySet<number> = new Set([
  ...PSEUDO,
  0x65735546, // fuse
  0x65735543, // fusectl
  0xf97cff8c, // selinuxfs
  0x42494e4d, // binfmt_misc
]);

const buffer = new Uint8Array(120); // struct statfs
const view = viewOf(buffer);

/** Whether what is open lies on such a filesystem. */
export function isPseudoFilesystem(fd: number): boolean {
  return PSEUDO.has(typeOf(fd));
}

/** Whether an empty file that is open may have content all the same. */
export function mayHideSize(fd: number): boolean {
  return UNSIZED.has(typeOf(fd));
}

function typeOf(fd: number): number {
  if (trySyscall("fstatfs", fd, buffer) < 0) return 0;
  return Number(view.getBigInt64(0, true));
}
