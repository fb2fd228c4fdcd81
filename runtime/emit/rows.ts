/**
 * Rows that many steps are made of: opening, writing, attaching.
 *
 * @module
 */
import { AT, AT_FDCWD, O } from "../../sys/fd.ts";
import { words } from "../../sys/memory.ts";
import {
  type Arg,
  type Label,
  named,
  type Program,
  type Ref,
  type SysOptions,
} from "../init/program.ts";
import { MOUNT_ATTR, MS, nameFlags } from "../mount_options.ts";
import type { MountAttributes } from "../steps.ts";
import type { Emitter } from "./steps.ts";
import { failUnless, inRoot } from "./target.ts";

/** The `dfd` of a path that is absolute, or begins where the process is. */
export const AT_CWD = named(AT_FDCWD, "AT_FDCWD");

/**
 * What becomes of a failure in the rows from here on: row and errno are written
 * to `report`, and the process ends. `mark` may first name another row.
 */
export function emitReport(
  program: Program,
  report: Arg,
  mark: () => void = () => {},
): void {
  const failed = program.label();
  const begin = program.label();
  program.jump(begin);
  program.place(failed);
  mark();
  program.sys("write", [report, program.failedRow, 8], { onError: "ignore" });
  program.sys("exit_group", [1]);
  program.place(begin);
  program.onFail(failed);
}

/** Closes all descriptors from `first` on but those of `kept`. */
export function emitCloseAllBut(
  program: Program,
  first: number,
  kept: readonly number[],
  options: SysOptions = {},
): void {
  const close = (from: number, to: number) =>
    program.sys("close_range", [from, to, 0], options);
  let from = first;
  for (const fd of kept.filter((fd) => fd >= first).sort((a, b) => a - b)) {
    if (fd > from) close(from, fd - 1);
    from = fd + 1;
  }
  close(from, 0xffff_ffff);
}

export function openRow(
  { program }: Pick<Emitter, "program">,
  path: Arg,
  flags: number,
  what: string,
) {
  return program.sys(
    "openat",
    [AT_CWD, path, openFlags(flags | O.CLOEXEC), 0],
    { what },
  );
}

/** A path of the container that has to exist. */
export function openInRoot(
  emitter: Emitter,
  path: string,
  what: string,
) {
  const { program, root } = emitter;
  return program.sys("openat2", [root, relative(path), ...inRoot(emitter)], {
    what,
  });
}

/** A call that may fail in one way; in any other, the program fails. */
export function tolerate(
  program: Program,
  code: string,
  call: (onError: Label) => Ref,
): void {
  const failed = program.label();
  const done = program.label();
  const result = call(failed);
  program.jump(done);
  program.place(failed);
  failUnless(program, result, code);
  program.place(done);
}

export function emitWrite(
  emitter: Emitter,
  file: string,
  value: string,
  what: string,
): void {
  writeAndClose(emitter, openRow(emitter, file, O.WRONLY, what), value, what);
}

/** Writes to a descriptor, which is not needed any more then. */
export function writeAndClose(
  { program }: Emitter,
  fd: Arg,
  value: string,
  what: string,
): void {
  const length = new TextEncoder().encode(value).length;
  program.sys("write", [fd, value, length], { what });
  program.sys("close", [fd]);
}

export function openTree(
  { program }: Emitter,
  dirfd: Arg,
  path: Arg,
  recursive: boolean,
  what: string,
) {
  const [OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC] = [1, O.CLOEXEC];
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
    (path === "" ? AT.EMPTY_PATH : 0) | (recursive ? AT.RECURSIVE : 0);
  const text = "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC" +
    (path === "" ? "|AT_EMPTY_PATH" : "") + (recursive ? "|AT_RECURSIVE" : "");
  return program.sys("open_tree", [dirfd, path, named(flags, text)], { what });
}

/** Attaches a detached mount. */
export function moveMount(
  { program }: Emitter,
  tree: Arg,
  target: Arg,
  what: string,
): void {
  const EMPTY_PATHS = named(
    0x4 | 0x40,
    "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH",
  );
  program.sys("move_mount", [tree, "", target, "", EMPTY_PATHS], { what });
}

/** One mount is read-only, and what is mounted below it as it was. */
export const READ_ONLY: MountAttributes = {
  set: MOUNT_ATTR.RDONLY,
  clear: 0,
  recursive: false,
};

export function emitAttributes(
  { program }: Emitter,
  mount: Arg,
  { set, clear, recursive }: MountAttributes,
  what: string,
): void {
  setAttributes(program, mount, set, clear, 0, recursive, what);
}

export function emitPropagation(
  { program }: Emitter,
  mount: Arg,
  flags: number,
  what: string,
): void {
  if (!flags) return;
  const recursive = (flags & MS.REC) !== 0;
  setAttributes(program, mount, 0, 0, flags & ~MS.REC, recursive, what);
}

export function setAttributes(
  program: Program,
  mount: Arg,
  set: number,
  clear: number,
  propagation: number,
  recursive: boolean,
  what: string,
): void {
  // struct mount_attr { u64 attr_set, attr_clr, propagation, userns_fd; }
  const attr = words(set, clear, propagation, 0);
  const flags = AT.EMPTY_PATH | (recursive ? AT.RECURSIVE : 0);
  program.sys("mount_setattr", [
    mount,
    "",
    named(flags, "AT_EMPTY_PATH" + (recursive ? "|AT_RECURSIVE" : "")),
    program.bytes(attr),
    attr.length,
  ], { what });
}

export function mountFlags(flags: number) {
  return named(flags, nameFlags(flags, MS, "MS_"));
}

export function openFlags(flags: number) {
  const access = ["O_RDONLY", "O_WRONLY", "O_RDWR"][flags & 3]!;
  const rest = nameFlags(flags & ~3, O, "O_");
  return named(flags, rest === "0" ? access : `${access}|${rest}`);
}

/** `/dev/pts/0` → `/dev/pts` and `0`. */
export function split(path: string): { directory: string; name: string } {
  const slash = path.lastIndexOf("/");
  return {
    directory: path.slice(0, slash) || "/",
    name: path.slice(slash + 1),
  };
}

/** Paths are resolved from the root's descriptor, so they start nowhere. */
export function relative(path: string): string {
  return path.replace(/^\/+/, "") || ".";
}
