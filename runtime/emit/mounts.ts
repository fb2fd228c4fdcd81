/**
 * Rows of the steps that build the root filesystem.
 *
 * @module
 */
import { AT_FDCWD, O } from "../../sys/fd.ts";
import { named, NULL } from "../init/program.ts";
import { MOUNT_ATTR, MS } from "../mount_options.ts";
import type { Step } from "../steps.ts";
import {
  emitAttributes,
  emitPropagation,
  mountFlags,
  moveMount,
  openIfThere,
  openInRoot,
  openRow,
  openTree,
  relative,
  split,
  tolerate,
} from "./rows.ts";
import type { Emitter } from "./steps.ts";
import { emitTarget, openHow } from "./target.ts";

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
    },workdir=${escape(source.work)}`;
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
  const mounted = openInRoot(emitter, step.target, O.PATH, what);
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
  const tree = openTree(
    emitter,
    named(AT_FDCWD, "AT_FDCWD"),
    step.source,
    step.recursive,
    what,
  );
  for (const attributes of step.attributes) {
    emitAttributes(emitter, tree, attributes, what);
  }
  const kind = step.directory ? "directory" : "file";
  const target = emitTarget(emitter, step.target, kind, what);
  moveMount(emitter, tree, target, what);
  emitPropagation(emitter, tree, step.propagation, what);
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
    program.sys("fchownat", [parent, name, step.uid, step.gid, 0], { what });
  }
}

export function emitReadonlyPath(
  emitter: Emitter,
  path: string,
  what: string,
): void {
  const { program } = emitter;
  const missing = program.label();
  const target = openIfThere(emitter, path, O.PATH, what, missing);
  const tree = openTree(emitter, target, "", true, what);
  emitAttributes(emitter, tree, {
    set: MOUNT_ATTR.RDONLY,
    clear: 0,
    recursive: true,
  }, what);
  moveMount(emitter, tree, target, what);
  program.place(missing);
}

/** A file becomes /dev/null, a directory an empty one. */
export function emitMaskPath(
  emitter: Emitter,
  path: string,
  what: string,
): void {
  const { program } = emitter;
  const missing = program.label();
  const directory = program.label();
  const target = openIfThere(emitter, path, O.PATH, what, missing);
  // A trailing slash asks the kernel whether it is a directory.
  program.sys("openat2", [
    emitter.root,
    `${relative(path)}/.`,
    ...openHow(program, O.PATH | O.DIRECTORY),
  ], { what, onError: directory });
  program.sys("fchdir", [target], { what });
  program.sys("mount", [
    "tmpfs",
    ".",
    "tmpfs",
    mountFlags(MS.RDONLY),
    "nr_blocks=1,nr_inodes=1",
  ], { what });
  program.jump(missing);
  program.place(directory);
  const tree = openTree(
    emitter,
    named(AT_FDCWD, "AT_FDCWD"),
    "/dev/null",
    false,
    what,
  );
  moveMount(emitter, tree, target, what);
  program.place(missing);
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
  program.sys("chdir", ["/"], { what });
  emitter.setRoot(openRow(emitter, "/", O.PATH | O.DIRECTORY, what));
}
