/**
 * System calls tried in a process of their own: what they make is gone when it
 * ends, and it ends at once.
 *
 * @module
 */
import { pipe, read } from "../../sys/fd.ts";
import { hostArch, type SyscallName } from "../../sys/numbers.ts";
import { reap } from "../../sys/process.ts";
import { type Arg, Program } from "../init/program.ts";
import { launch } from "../launch.ts";

/** A system call to try. */
export interface Attempt {
  /** What its result is called; that of one without a name is not told. */
  readonly key?: string;
  readonly call: readonly [name: SyscallName, ...args: Arg[]];
}

/**
 * Makes the calls one after another, whatever becomes of each, and returns
 * their results: minus the errno where one failed.
 *
 * @throws {SyscallError} when no process can be started
 */
export function tryInProcess(
  attempts: readonly Attempt[],
): ReadonlyMap<string, number> {
  const [reader, writer] = pipe();
  using end = reader;
  using results = writer;
  const program = new Program();
  const size = 4 * attempts.length;
  const table = program.space(size);
  attempts.forEach(({ call: [name, ...args] }, i) => {
    const result = program.sys(name, args, { onError: "ignore" });
    program.store(4, table.plus(4 * i), result);
  });
  program.sys("write", [results.number, table, size], { onError: "ignore" });
  program.sys("exit_group", [0]);
  const { pidfd } = launch(program.link(hostArch()).elf, {
    inherit: [results],
  });
  using child = pidfd;
  results[Symbol.dispose]();
  const values = new Int32Array(attempts.length);
  read(end.number, new Uint8Array(values.buffer));
  reap(child, { wait: true });
  return new Map(
    attempts.flatMap(({ key }, i) =>
      key === undefined ? [] : [[key, values[i]!] as const]
    ),
  );
}
