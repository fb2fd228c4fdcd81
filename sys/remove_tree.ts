/**
 * Removing directories with all that is in them, however deep somebody has
 * nested them: Deno takes a descriptor and a piece of its stack for each level.
 *
 * @module
 */
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import { AT_FDCWD, Fd, O } from "./fd.ts";
import { addressOf, viewOf } from "./memory.ts";
import { type SyscallArg, trySyscall } from "./syscall.ts";

/** Removes a directory and all in it; links are not followed. */
export function removeTree(path: string): void {
  flatten(path);
  Deno.removeSync(path, { recursive: true });
}

/** How deep the directories are that stay where they are. */
const DEEPEST = 100;

/** Has no directory be deeper than that: those below become the top one's. */
function flatten(path: string): void {
  using top = openDirectory(AT_FDCWD, path);
  if (!top) return;
  const moved: string[] = [];
  let name: string | undefined = ".";
  for (; name !== undefined; name = moved.pop()) {
    using directory = openDirectory(top.number, name);
    if (directory) walk(top, directory, 1, moved);
  }
}

function walk(top: Fd, { number }: Fd, depth: number, moved: string[]): void {
  const { bytes, view, address } = entriesOf(depth);
  for (;;) {
    const length = trySyscall("getdents64", number, address, bytes.length);
    if (length < 0) throw new SyscallError("list", top.path, -length);
    if (length === 0) return;
    for (let entry = 0; entry < length;) {
      // struct linux_dirent64 { u64 ino; s64 off; u16 reclen; u8 type; name }
      const [DT_UNKNOWN, DT_DIR] = [0, 4];
      const type = bytes[entry + 18];
      const at = entry + 19;
      const mayHold = type === DT_DIR || type === DT_UNKNOWN;
      if (mayHold && !isDots(bytes, at)) {
        using inner = openDirectory(number, address + at);
        if (inner && depth < DEEPEST) walk(top, inner, depth + 1, moved);
        else if (inner) moved.push(moveUp(top, number, address + at));
      }
      entry += view.getUint16(entry + 16, true);
    }
  }
}

/** Undefined for what is no directory, or is gone. */
function openDirectory(at: number, name: SyscallArg): Fd | undefined {
  const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
  const number = trySyscall("openat", at, name, flags, 0);
  return number < 0 ? undefined : new Fd(number, String(name));
}

/** Memory for the entries of directories, one for each depth. */
const entries: { bytes: Uint8Array; view: DataView; address: number }[] = [];

function entriesOf(depth: number) {
  const known = entries[depth];
  if (known) return known;
  const bytes = new Uint8Array(32 * 1024);
  const address = Number(addressOf(bytes));
  return entries[depth] = { bytes, view: viewOf(bytes), address };
}

function isDots(bytes: Uint8Array, at: number): boolean {
  const DOT = 0x2e;
  return bytes[at] === DOT && (bytes[at + 1] === 0 ||
    (bytes[at + 1] === DOT && bytes[at + 2] === 0));
}

let names = 0;

/** Puts a directory into the top one, by a name that is free there. */
function moveUp(top: Fd, at: number, name: number): string {
  const RENAME_NOREPLACE = 1;
  for (;;) {
    const free = `.deep-${names++}`;
    const result = trySyscall(
      "renameat2",
      ...[at, name, top.number, free, RENAME_NOREPLACE],
    );
    if (result >= 0) return free;
    if (result !== -ERRNO.EEXIST!) {
      throw new SyscallError("remove what is deep in", top.path, -result);
    }
  }
}
