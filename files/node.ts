/**
 * What is at a place in a directory, as statx(2) tells: never what a link there
 * leads to.
 *
 * Names are bytes that end with NUL, as the kernel has them: a name need not be
 * UTF-8, and what it is passed on to takes bytes too.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { AT } from "../sys/fd.ts";
import { cstr, viewOf } from "../sys/memory.ts";
import { trySyscall } from "../sys/syscall.ts";

/** A name in a directory: its bytes and a NUL. */
export type Name = Uint8Array;

/** The name that means a directory itself. */
export const SELF: Name = cstr(".");

/** What a node is. */
export type Kind =
  | "file"
  | "directory"
  | "link"
  | "character"
  | "block"
  | "fifo"
  | "socket";

/** A moment, as `struct timespec` has it. */
export interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Whose a node is, and what may be done with it. */
export interface Attributes {
  /** Permissions with set-id and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly atime: Time;
  readonly mtime: Time;
}

/** What is at a place. */
export interface Node extends Attributes {
  readonly kind: Kind;
  /** How many names it has. */
  readonly links: number;
  readonly size: number;
  /** Of 512 bytes, on disk. */
  readonly blocks: number;
  /** The device it lies on and its number there: the same for all its names. */
  readonly identity: string;
  /** What a device node stands for. */
  readonly device: { readonly major: number; readonly minor: number };
}

/** S_IFMT of linux/stat.h. */
const KINDS: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "link"],
  [0o020000, "character"],
  [0o060000, "block"],
  [0o010000, "fifo"],
  [0o140000, "socket"],
]);

/** The S_IFMT of a kind, for mknodat(2). */
export function formatOf(kind: Kind): number {
  return [...KINDS].find(([, known]) => known === kind)![0];
}

const buffer = new Uint8Array(256); // struct statx
const view = viewOf(buffer);
const NOTHING = cstr("");

/**
 * What is called `name` in the directory `at`; without a name, what the
 * descriptor itself is. Undefined where nothing is.
 *
 * @throws {SyscallError}
 */
export function tryLook(at: number, name: Name = NOTHING): Node | undefined {
  const STATX_BASIC_STATS = 0x7ff;
  const flags = AT.SYMLINK_NOFOLLOW | (name === NOTHING ? AT.EMPTY_PATH : 0);
  const result = trySyscall(
    "statx",
    ...[at, name, flags, STATX_BASIC_STATS, buffer],
  );
  if (result === -ERRNO.ENOENT!) return undefined;
  if (result < 0) throw new SyscallError("look at", textOf(name), -result);
  return readStatx();
}

/**
 * As {@linkcode tryLook}, where something has to be.
 *
 * @throws {SyscallError}
 */
export function look(at: number, name?: Name): Node {
  const node = tryLook(at, name);
  if (node) return node;
  throw new SyscallError("look at", textOf(name ?? NOTHING), ERRNO.ENOENT!);
}

/** `struct statx` of linux/stat.h. */
function readStatx(): Node {
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const time = (at: number) => ({
    seconds: Number(view.getBigInt64(at, true)),
    nanoseconds: u32(at + 8),
  });
  const mode = view.getUint16(28, true);
  return {
    kind: KINDS.get(mode & 0o170000)!,
    mode: mode & 0o7777,
    links: u32(16),
    uid: u32(20),
    gid: u32(24),
    size: u64(40),
    blocks: u64(48),
    atime: time(64),
    mtime: time(112),
    device: { major: u32(128), minor: u32(132) },
    identity: `${u32(136)}:${u32(140)}:${view.getBigUint64(32, true)}`,
  };
}

/** A name as text, for messages. */
export function textOf(name: Name): string {
  return new TextDecoder().decode(name.subarray(0, name.length - 1));
}

/** A path as bytes that end with NUL. */
export function joinNames(path: readonly Name[]): Uint8Array {
  const SLASH = 0x2f;
  const bytes = path.flatMap((name) => [...name.subarray(0, -1), SLASH]);
  bytes[Math.max(0, bytes.length - 1)] = 0;
  return new Uint8Array(bytes);
}

/** A path as text, for messages. */
export function textOfPath(path: readonly Name[]): string {
  return path.map(textOf).join("/");
}
