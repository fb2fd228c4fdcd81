/**
 * Copying what is in a file: by sharing its blocks where the filesystem can,
 * else inside the kernel, and without filling its holes.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Fd, read, writeAll } from "../sys/fd.ts";
import { words } from "../sys/memory.ts";
import { trySyscall } from "../sys/syscall.ts";
import type { Node } from "./node.ts";
import { mayHideSize } from "./pseudo.ts";

/** A part of a file that is not a hole. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const BLOCK = 512;
const SMALL = 64 * 1024;
const SEEK_SET = 0;

/**
 * Copies the content of a file as long as it was when it was looked at. Both
 * are at their beginnings, and `to` is empty.
 *
 * @throws {SyscallError}
 */
export function copyContent(
  from: Fd,
  to: Fd,
  { size, blocks }: Pick<Node, "size" | "blocks">,
): void {
  // Files of proc say that they are empty, and may not be.
  const most = size === 0 && mayHideSize(from.number) ? Infinity : size;
  // Few calls for small files.
  if (size <= SMALL) return copyStream(from, to, most);
  if (shareBlocks(from, to)) return;
  for (const range of rangesOf(from.number, { size, blocks })) {
    copyRange(from, to, range);
  }
  const result = trySyscall("ftruncate", to.number, size);
  if (result < 0) throw new SyscallError("write", to.path, -result);
}

/** The parts of a file that hold data; one where it has no holes. */
export function* rangesOf(
  fd: number,
  { size, blocks }: Pick<Node, "size" | "blocks">,
): Generator<Range> {
  if (blocks * BLOCK >= size) return yield { start: 0, end: size };
  const [SEEK_DATA, SEEK_HOLE] = [3, 4];
  for (let at = 0; at < size;) {
    const start = trySyscall("lseek", fd, at, SEEK_DATA);
    if (start === -ERRNO.ENXIO!) return; // only a hole is left
    if (start < 0) return yield { start: at, end: size };
    const end = trySyscall("lseek", fd, start, SEEK_HOLE);
    at = end < 0 ? size : Math.min(end, size);
    yield { start, end: at };
  }
}

/** Has the copy share the blocks of the file, as FICLONE; false where it cannot. */
function shareBlocks(from: Fd, to: Fd): boolean {
  const FICLONE = 0x40049409; // _IOW(0x94, 9, int) of linux/fs.h
  return trySyscall("ioctl", to.number, FICLONE, from.number) >= 0;
}

function copyRange(from: Fd, to: Fd, { start, end }: Range): void {
  const MOST = 1 << 30;
  const [source, target] = [words(start), words(start)];
  for (let at = start; at < end;) {
    const length = Math.min(end - at, MOST);
    const result = trySyscall(
      "copy_file_range",
      ...[from.number, source, to.number, target, length, 0],
    );
    if (result === -ERRNO.EINTR!) continue;
    if (result < 0 && CANNOT_COPY.has(-result)) {
      return sendRange(from, to, { start: at, end });
    }
    if (result < 0) throw new SyscallError("write", to.path, -result);
    if (result === 0) return; // it has become shorter
    at += result;
  }
}

/** What copy_file_range(2) says between filesystems that do not know each other. */
const CANNOT_COPY = new Set(
  ["EXDEV", "EINVAL", "EOPNOTSUPP", "ENOSYS", "EBADF", "EPERM"]
    .map((code) => ERRNO[code]!),
);

/** The same by sendfile(2), which writes where the target stands. */
function sendRange(from: Fd, to: Fd, { start, end }: Range): void {
  const MOST = 1 << 30;
  const source = words(start);
  const sought = trySyscall("lseek", to.number, start, SEEK_SET);
  if (sought < 0) throw new SyscallError("write", to.path, -sought);
  for (let at = start; at < end;) {
    const length = Math.min(end - at, MOST);
    const result = trySyscall(
      "sendfile",
      ...[to.number, from.number, source, length],
    );
    if (result === -ERRNO.EINTR!) continue;
    if (result < 0) throw new SyscallError("write", to.path, -result);
    if (result === 0) return;
    at += result;
  }
}

/** Copies up to `most` bytes; somebody may be making the file longer. */
function copyStream(from: Fd, to: Fd, most: number): void {
  for (let left = most; left > 0;) {
    const length = read(from.number, buffer.subarray(0, left)) ?? 0;
    if (length === 0) return;
    writeAll(to.number, buffer.subarray(0, length));
    left -= length;
  }
}

const buffer = new Uint8Array(SMALL);
