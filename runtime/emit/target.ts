/**
 * Targets of mounts, found or made inside the root filesystem.
 *
 * Every path is resolved by openat2(2) with RESOLVE_IN_ROOT from a descriptor
 * of the container's root, so that no link of a hostile image leads to the
 * host. What is missing is made one component at a time, each below a
 * descriptor that was resolved the same way.
 *
 * @module
 */
import { O, RESOLVE } from "../../sys/fd.ts";
import { words } from "../../sys/memory.ts";
import { type Arg, deref, type Program } from "../init/program.ts";
import type { Emitter } from "./steps.ts";

/** What a target is to be; proc and sysfs refuse links on the way. */
export type TargetKind = "directory" | "directoryNoSymlinks" | "file";

const RESOLVE_NO_SYMLINKS = 0x04;

/** The last two arguments of openat2(2): `struct open_how`, and its size. */
export function openHow(
  program: Program,
  flags: number,
  options: { mode?: number; noSymlinks?: boolean } = {},
): [Arg, Arg] {
  // struct open_how { u64 flags; u64 mode; u64 resolve; }
  const how = words(
    flags | O.CLOEXEC,
    options.mode ?? 0,
    RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS |
      (options.noSymlinks ? RESOLVE_NO_SYMLINKS : 0),
  );
  return [program.bytes(how), how.length];
}

/** A descriptor of `path` in the container, which is made if it is missing. */
export function emitTarget(
  emitter: Emitter,
  path: string,
  kind: TargetKind,
  what: string,
): Arg {
  const { program, root } = emitter;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const found = program.space(8);
  const done = program.label();
  const missing = program.label();
  const noSymlinks = kind === "directoryNoSymlinks";
  const directory = kind !== "file";
  const open = (parts: string[], extra = {}) =>
    program.sys("openat2", [
      root,
      parts.join("/") || ".",
      ...openHow(program, O.PATH, { noSymlinks }),
    ], { what, ...extra });

  program.store(8, found, open(parts, { onError: missing }));
  program.jump(done);
  program.place(missing);
  if (parts.length > 0) {
    // Each component: there already, or made below the one before.
    const parent = program.space(8);
    program.store(8, parent, root);
    parts.forEach((name, index) => {
      const last = index === parts.length - 1;
      const prefix = parts.slice(0, index + 1);
      if (last && !directory) {
        const create = program.sys("openat2", [
          root,
          prefix.join("/"),
          ...openHow(program, O.CREAT | O.WRONLY | O.NOCTTY, { mode: 0o644 }),
        ], { what });
        program.store(8, parent, create);
        return;
      }
      const make = program.label();
      const next = program.label();
      program.store(8, parent, open(prefix, { onError: make }));
      program.jump(next);
      program.place(make);
      program.sys("mkdirat", [deref(parent), name, 0o755], { what });
      program.store(8, parent, open(prefix));
      program.place(next);
    });
    program.store(8, found, deref(parent));
  } else {
    program.store(8, found, open(parts));
  }
  program.place(done);
  return deref(found);
}
