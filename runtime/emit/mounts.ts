/**
 * Rows of the steps that build the root filesystem.
 *
 * @module
 */
import { AT, O, RESOLVE } from "../../sys/fd.ts";
import { words } from "../../sys/memory.ts";
import {
  type Addr,
  type Arg,
  deref,
  named,
  NULL,
  type Program,
  type Ref,
  type Subroutine,
} from "../init/program.ts";
import { MOUNT_ATTR, MS } from "../mount_options.ts";
import { CLONE, nameCloneFlags } from "../namespaces.ts";
import type { Step } from "../steps.ts";
import {
  AT_CWD,
  emitAttributes,
  emitPropagation,
  mountFlags,
  moveMount,
  openInRoot,
  openRow,
  openTree,
  READ_ONLY,
  relative,
  split,
  tolerate,
} from "./rows.ts";
import type { Emitter } from "./steps.ts";
import { callFor, emitTarget, failUnless, inRoot } from "./target.ts";

export function emitRoot(
  emitter: Emitter,
  { source, at, flags }: Step & { op: "root" },
  what: string,
): void {
  const { program } = emitter;
  if (source.kind === "bind") {
    const bind = mountFlags(MS.BIND | MS.REC);
    program.sys("mount", [source.path, at, NULL, bind, NULL], { what });
    // A mount the host shares would hand ours back to it.
    program.sys("mount", [
      NULL,
      at,
      NULL,
      mountFlags(MS.REC | MS.SLAVE),
      NULL,
    ], { what });
  } else {
    const escape = (path: string) => path.replace(/[\\:,]/g, "\\$&");
    const data = `lowerdir=${escape(source.lower)},upperdir=${
      escape(source.upper)
    },workdir=${escape(source.work)}${source.volatile ? ",volatile" : ""}`;
    program.sys("mount", ["overlay", at, "overlay", flags, data], { what });
  }
  emitter.setRoot(openRow(emitter, at, O.PATH | O.DIRECTORY, what));
}

export function emitMount(
  emitter: Emitter,
  step: Step & { op: "mount" },
  what: string,
): void {
  const { program } = emitter;
  const target = emitTarget(
    emitter,
    step.target,
    step.noSymlinks ? "directoryNoSymlinks" : "directory",
    what,
  );
  program.sys("fchdir", [target], { what });
  program.sys("mount", [
    step.source,
    ".",
    step.type,
    mountFlags(step.flags),
    step.data || NULL,
  ], { what });
  if (step.attributes.length === 0 && !step.propagation) return;
  const mounted = openInRoot(emitter, step.target, what);
  for (const attributes of step.attributes) {
    emitAttributes(emitter, mounted, attributes, what);
  }
  emitPropagation(emitter, mounted, step.propagation, what);
}

export function emitBind(
  emitter: Emitter,
  step: Step & { op: "bind" },
  what: string,
): void {
  const tree = emitter.held.get(step.target) ??
    emitTree(emitter, step, what);
  for (const attributes of step.attributes) {
    emitAttributes(emitter, tree, attributes, what);
  }
  const kind = step.directory ? "directory" : "file";
  const target = emitTarget(emitter, step.target, kind, what);
  moveMount(emitter, tree, target, what);
  emitPropagation(emitter, tree, step.propagation, what);
}

/** The rows of {@linkcode Step} `holdShared`. */
export function emitHoldShared(
  emitter: Emitter,
  step: Step & { op: "holdShared" },
  what: string,
): void {
  emitter.held.set(step.target, emitTree(emitter, step, what));
}

/** A copy of the mounts at a source, or at a path below it. */
function emitTree(
  emitter: Emitter,
  { source, from, subPath, recursive }: {
    source: string;
    from?: number;
    subPath?: string;
    recursive: boolean;
  },
  what: string,
): Ref {
  if (from !== undefined) {
    return openTreeOf(emitter, from, source, recursive, what);
  }
  if (subPath === undefined) {
    return openTree(emitter, AT_CWD, source, recursive, what);
  }
  const { program } = emitter;
  const root = openRow(emitter, source, O.PATH | O.DIRECTORY, what);
  const part = program.sys(
    "openat2",
    [root, relative(subPath), ...inRoot(emitter)],
    { what },
  );
  const tree = openTree(emitter, part, "", recursive, what);
  for (const fd of [root, part]) program.sys("close", [fd]);
  return tree;
}

/**
 * A part of another mount namespace: the kernel clones a mount only for those
 * who are where it is. It must not be reached through a link, which whoever is
 * there could lay.
 */
function openTreeOf(
  emitter: Emitter,
  pid: number,
  path: string,
  recursive: boolean,
  what: string,
): Ref {
  const { program } = emitter;
  const NEWNS = named(CLONE.NEWNS, nameCloneFlags(CLONE.NEWNS));
  const home = openRow(emitter, "/proc/self/ns/mnt", O.RDONLY, what);
  const there = openRow(emitter, `/proc/${pid}/ns/mnt`, O.RDONLY, what);
  program.sys("setns", [there, NEWNS], { what });
  // struct open_how { u64 flags, mode, resolve; }
  const how = program.bytes(words(O.PATH | O.CLOEXEC, 0, RESOLVE.NO_SYMLINKS));
  const found = program.sys("openat2", [AT_CWD, path, how, 24], { what });
  const tree = openTree(emitter, found, "", recursive, what);
  program.sys("setns", [home, NEWNS], { what });
  for (const fd of [home, there, found]) program.sys("close", [fd]);
  return tree;
}

export function emitDevice(
  emitter: Emitter,
  step: Step & { op: "device" },
  what: string,
): void {
  const { program } = emitter;
  const { directory, name } = split(step.path);
  const parent = emitTarget(emitter, directory, "directory", what);
  const { major, minor } = step;
  // MKDEV of linux/kdev_t.h, as mknod(2) encodes it.
  const device = (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
  const mask = program.sys("umask", [0]);
  // What the image has there already stays: only root could have made it.
  tolerate(program, "EEXIST", (onError) =>
    program.sys("mknodat", [
      parent,
      name,
      named(step.mode, `0${step.mode.toString(8)}`),
      named(device, `makedev(${major}, ${minor})`),
    ], { what, onError }));
  program.sys("umask", [mask]);
  if (step.uid || step.gid) {
    // A link that is there leads to wherever the image likes.
    const NOFOLLOW = named(AT.SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW");
    const { uid, gid } = step;
    program.sys("fchownat", [parent, name, uid, gid, NOFOLLOW], { what });
  }
}

/** Rows that close off one path after another. */
export interface PathCloser {
  routine: Subroutine;
  /** u64: the path. */
  path: Addr;
}

/** What {@linkcode emitClosePath} needs, once a program and kind. */
export function pathCloser(program: Program): PathCloser {
  return { routine: program.subroutine(), path: program.space(8) };
}

/** Masks a path or makes it read-only; what is missing needs neither. */
export function emitClosePath(
  emitter: Emitter,
  { routine, path }: PathCloser,
  closed: string,
  what: string,
): void {
  emitter.program.store(8, path, emitter.program.string(relative(closed)));
  callFor(emitter, routine, what);
}

/** The rows behind a read-only path: a mount of itself over itself. */
export function emitReadonlyPaths(emitter: Emitter): void {
  const what = "make paths read-only";
  emitPathCloser(emitter, emitter.readonlyPaths, (target) => {
    const tree = openTree(emitter, target, "", true, what);
    emitAttributes(emitter, tree, {
      set: MOUNT_ATTR.RDONLY,
      clear: 0,
      recursive: true,
    }, what);
    moveMount(emitter, tree, target, what);
  });
}

/** The rows behind a masked path: a file becomes /dev/null, a directory empty. */
export function emitMaskedPaths(emitter: Emitter): void {
  const { program } = emitter;
  const what = "mask paths";
  emitPathCloser(emitter, emitter.maskedPaths, (target) => {
    const file = program.label();
    const done = program.label();
    const entered = program.sys("fchdir", [target], { onError: file });
    program.sys("mount", [
      "tmpfs",
      ".",
      "tmpfs",
      mountFlags(MS.RDONLY),
      "nr_blocks=1,nr_inodes=1",
    ], { what });
    program.jump(done);
    program.place(file);
    failUnless(program, entered, "ENOTDIR");
    const tree = openTree(emitter, AT_CWD, "/dev/null", false, what);
    // It is the host's: neither its mode nor its owner is to be changed.
    emitAttributes(emitter, tree, READ_ONLY, what);
    moveMount(emitter, tree, target, what);
    program.place(done);
  });
}

function emitPathCloser(
  emitter: Emitter,
  { routine, path }: PathCloser,
  close: (target: Arg) => void,
): void {
  const { program, root, purpose } = emitter;
  const missing = program.label();
  const done = program.label();
  program.place(routine.entry);
  const target = program.sys(
    "openat2",
    [root, deref(path), ...inRoot(emitter)],
    { onError: missing },
  );
  close(target);
  program.jump(done);
  program.place(missing);
  failUnless(program, target, "ENOENT", "ENOTDIR");
  program.place(done);
  program.store(4, purpose, 0);
  program.comeBack(routine);
}

export function emitPivotRoot(emitter: Emitter, what: string): void {
  const { program } = emitter;
  const old = openRow(emitter, "/", O.PATH | O.DIRECTORY, what);
  program.sys("fchdir", [emitter.root], { what });
  // The old root lands on top of the new one: see pivot_root(2), "pivot_root
  // (".", ".")".
  program.sys("pivot_root", [".", "."], { what });
  program.sys("fchdir", [old], { what });
  program.sys("mount", [
    NULL,
    ".",
    NULL,
    mountFlags(MS.REC | MS.SLAVE),
    NULL,
  ], { what });
  program.sys("umount2", [".", named(2, "MNT_DETACH")], { what });
  program.sys("close", [old]);
  program.sys("chdir", ["/"], { what });
  emitter.setRoot(openRow(emitter, "/", O.PATH | O.DIRECTORY, what));
}

/** The rows of {@linkcode Step} `bareRoot`: a mount that hangs nowhere. */
export function emitBareRoot(emitter: Emitter, what: string): void {
  const { program } = emitter;
  const tree = openTree(emitter, AT_CWD, "/", false, what);
  program.sys("fchdir", [tree], { what });
  program.sys("chroot", ["."], { what });
}
