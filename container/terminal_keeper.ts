/**
 * Whoever keeps a terminal when the user leaves it: a program of rows that
 * reads what is shown there, so that it does not fill up, until its last user
 * closes it.
 *
 * @module
 */
import { type Fd, O } from "../sys/fd.ts";
import { hostArch } from "../sys/numbers.ts";
import { emitCloseAllBut } from "../runtime/emit/rows.ts";
import { named, Program } from "../runtime/init/program.ts";
import { launch } from "../runtime/launch.ts";

const BUFFER = 4096;

/** Starts one for a terminal's master. It is nobody's child when rkl ends. */
export function keepTerminal(master: Fd): void {
  const { elf } = keeperProgram(master.number).link(hostArch());
  launch(elf, { inherit: [master] }).pidfd[Symbol.dispose]();
}

/** The program; its failures are nobody's concern. */
function keeperProgram(master: number): Program {
  const program = new Program();
  const end = program.label();
  const loop = program.label();
  const name = "rkl-terminal";
  program.sys("prctl", [named(15, "PR_SET_NAME"), name, 0, 0, 0]);
  // Neither the user's terminal nor their pipes or directory are to wait for it.
  program.sys("setsid", [], { onError: "ignore" });
  program.sys("chdir", ["/"], { onError: "ignore" });
  emitCloseAllBut(program, 0, [master]);
  // Whoever typed into it has had it not block.
  const F_SETFL = named(4, "F_SETFL");
  program.sys("fcntl", [master, F_SETFL, named(O.RDWR, "O_RDWR")]);
  const buffer = program.space(BUFFER);
  program.place(loop);
  const count = program.sys("read", [master, buffer, BUFFER], { onError: end });
  program.jumpIf(count, "ne", 0, loop);
  program.place(end);
  program.sys("exit_group", [0]);
  return program;
}
