/**
 * The rows that enter a process's working directory.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { O, RESOLVE } from "../../sys/fd.ts";
import type { Ref, SysOptions } from "../init/program.ts";
import { AT_CWD } from "./rows.ts";
import type { Emitter } from "./steps.ts";
import { HOW_SIZE, openHow } from "./target.ts";

/**
 * Enters it before the process becomes its user, who need not be allowed to.
 * Where root may not either, as in some network filesystems, it is left to
 * {@linkcode emitDirectoryAsUser}.
 */
export function emitWorkingDirectory(
  emitter: Emitter,
  path: string,
  what: string,
): void {
  const { program } = emitter;
  const [directory, entered] = emitEnter(emitter, path, {
    what,
    onError: "ignore",
  });
  emitter.entered = entered;
  const done = program.label();
  program.jumpIf(directory, "ge", 0, done);
  program.jumpIf(directory, "eq", -ERRNO.EACCES!, done);
  program.fail(directory);
  program.place(done);
}

/** Enters it unless that is done. */
export function emitDirectoryAsUser(
  emitter: Emitter,
  path: string,
  what: string,
): void {
  const { program, entered } = emitter;
  const done = program.label();
  if (entered) program.jumpIf(entered, "eq", 0, done);
  emitEnter(emitter, path, { what });
  program.place(done);
}

/**
 * By a descriptor: a link of procfs to one of rkl's own, which may be a
 * directory of the host, is not followed.
 */
function emitEnter(
  { program }: Emitter,
  path: string,
  options: SysOptions,
): [directory: Ref, entered: Ref] {
  const flags = O.PATH | O.DIRECTORY;
  const how = openHow(program, flags, 0, RESOLVE.NO_MAGICLINKS);
  const directory = program.sys(
    "openat2",
    [AT_CWD, path, how, HOW_SIZE],
    options,
  );
  return [directory, program.sys("fchdir", [directory], options)];
}
