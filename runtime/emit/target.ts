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
import { ERRNO } from "../../sys/errno.ts";
import { O, RESOLVE } from "../../sys/fd.ts";
import { words } from "../../sys/memory.ts";
import {
  type Addr,
  type Arg,
  deref,
  type Label,
  named,
  type Program,
  type Ref,
  type Subroutine,
} from "../init/program.ts";
import type { Emitter } from "./steps.ts";

/** What a target is to be; proc and sysfs refuse links on the way. */
export type TargetKind = "directory" | "directoryNoSymlinks" | "file";

/** The size of `struct open_how`, in bytes. */
export const HOW_SIZE = 24;

/** How targets are opened, and the subroutine that makes what is missing. */
export interface TargetMaker {
  routine: Subroutine;
  /** u64: the address of a table, see {@linkcode emitTarget}. */
  table: Addr;
  /** u64: the descriptor. */
  result: Addr;
  hows: { [kind in TargetKind | "create"]: Addr };
}

/** `struct open_how { u64 flags; u64 mode; u64 resolve; }` of openat2(2). */
export function openHow(
  program: Program,
  flags: number,
  mode: number,
  resolve: number,
): Addr {
  return program.bytes(words(flags | O.CLOEXEC, mode, resolve));
}

/** The arguments of openat2(2) behind the path: how, and its size. */
export function inRoot({ targets }: Emitter, directory = false): [Arg, Arg] {
  const { hows } = targets;
  return [directory ? hows.directory : hows.file, HOW_SIZE];
}

/** What {@linkcode emitTarget} needs, once a program. */
export function targetMaker(program: Program): TargetMaker {
  const resolve = RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS;
  const strict = resolve | RESOLVE.NO_SYMLINKS;
  // Not to write: its mount could not be made read-only while it is open.
  const create = O.CREAT | O.NOCTTY;
  return {
    routine: program.subroutine(),
    table: program.space(8),
    result: program.space(8),
    hows: {
      file: openHow(program, O.PATH, 0, resolve),
      directory: openHow(program, O.PATH | O.DIRECTORY, 0, resolve),
      directoryNoSymlinks: openHow(program, O.PATH | O.DIRECTORY, 0, strict),
      create: openHow(program, create, 0o644, resolve),
    },
  };
}

/**
 * A descriptor of `path` in the container, which is made if it is missing. It
 * is good until the next one is asked for.
 */
export function emitTarget(
  emitter: Emitter,
  path: string,
  kind: TargetKind,
  what: string,
): Arg {
  const { program, targets } = emitter;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const directories = kind === "file" ? parts.slice(0, -1) : parts;
  // The path, how to open it, how to make it if it is no directory, how to
  // open directories; then for each on the way its path and its name; 0.
  const table = program.words([
    parts.join("/") || ".",
    targets.hows[kind],
    kind === "file" ? targets.hows.create : 0,
    kind === "file" ? targets.hows.directory : targets.hows[kind],
    ...directories.flatMap((name, index) => [
      directories.slice(0, index + 1).join("/"),
      name,
    ]),
    0,
  ]);
  program.store(8, targets.table, table);
  callFor(emitter, targets.routine, what);
  return deref(targets.result);
}

/**
 * Runs a subroutine for a purpose: what fails in it is reported as the failure
 * of that.
 */
export function callFor(
  { program, purpose }: Emitter,
  routine: Subroutine,
  what: string,
): void {
  program.mark(purpose, what);
  program.call(routine);
}

/** The rows behind {@linkcode emitTarget}. */
export function emitTargetMaker(emitter: Emitter): void {
  const { program, root, purpose, targets: { routine, table, result } } =
    emitter;
  const missing = program.label(), next = program.label();
  const make = program.label(), last = program.label();
  const done = program.label();
  const open = (path: Arg, how: Arg, onError?: Label) =>
    program.sys(
      "openat2",
      [root, path, how, HOW_SIZE],
      onError ? { onError } : {},
    );
  program.place(routine.entry);
  const at = program.add(deref(table), 0);
  const path = program.load(8, at);
  const found = open(path, program.load(8, program.add(at, 8)), missing);
  program.store(8, result, found);
  program.jump(done);

  program.place(missing);
  failUnless(program, found, "ENOENT");
  program.store(8, result, root);
  const directoryHow = program.load(8, program.add(at, 24));
  program.store(8, table, program.add(at, 32));
  program.place(next);
  const prefix = program.load(8, deref(table));
  program.jumpIf(prefix, "eq", 0, last);
  const name = program.load(8, program.add(deref(table), 8));
  program.store(8, table, program.add(deref(table), 16));
  program.store(8, result, open(prefix, directoryHow, make));
  program.jump(next);
  program.place(make);
  program.sys("mkdirat", [deref(result), name, 0o755]);
  program.store(8, result, open(prefix, directoryHow));
  program.jump(next);

  program.place(last);
  const create = program.load(8, program.add(at, 16));
  program.jumpIf(create, "eq", 0, done);
  program.store(8, result, open(path, create));
  program.place(done);
  program.store(4, purpose, 0);
  program.comeBack(routine);
}

/** Goes on if a call failed in that way; in any other, the program fails. */
export function failUnless(
  program: Program,
  result: Ref,
  ...codes: string[]
): void {
  const expected = program.label();
  for (const code of codes) {
    program.jumpIf(result, "eq", named(-ERRNO[code]!, `-${code}`), expected);
  }
  program.fail(result);
  program.place(expected);
}
