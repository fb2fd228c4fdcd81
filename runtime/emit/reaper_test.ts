import assert from "node:assert/strict";
import { named, NULL, Program } from "../init/program.ts";
import { temporaryExecutable, testOnEach } from "../init/testing.ts";
import { emitReaper } from "./reaper.ts";

const NONE = {
  bounding: 0n,
  effective: 0n,
  permitted: 0n,
  inheritable: 0n,
  ambient: 0n,
};

/** A program whose child does what `rows` say. */
function below(rows: (program: Program) => void): Program {
  const program = new Program();
  const step = { op: "reaper", capabilities: NONE } as const;
  emitReaper({ program }, step, "start");
  rows(program);
  return program;
}

const ENDS: [what: string, rows: (program: Program) => void, code: number][] = [
  ["an exit code", (program) => program.sys("exit_group", [7]), 7],
  [
    "128 + n after signal n",
    (program) => {
      const self = program.sys("getpid", []);
      program.sys("kill", [self, named(15, "SIGTERM")]);
      program.sys("exit_group", [1]);
    },
    143,
  ],
  [
    "a process group of its own, and no signal blocked",
    (program) => {
      const mask = program.space(8);
      program.sys("rt_sigprocmask", [0, NULL, mask, 8]);
      const self = program.sys("getpid", []);
      const group = program.sys("getpgid", [0]);
      const other = program.sub(self, group);
      program.sys("exit_group", [program.or(other, program.load(8, mask))]);
    },
    0,
  ],
];

for (const [what, rows, code] of ENDS) {
  testOnEach(`init ends as its child does: ${what}`, async (runner) => {
    using file = temporaryExecutable(below(rows).link(runner.arch).elf);
    const [command = "", ...args] = [...runner.command, file.path];
    const child = new Deno.Command(command, { args, stdin: "null" }).spawn();
    assert.equal((await child.status).code, code);
  });
}

testOnEach("init passes a signal on to its child", async (runner) => {
  // signals are blocked there as they are here: it waits for one
  const program = below((program) => {
    const SIG_SETMASK = named(2, "SIG_SETMASK");
    const all = program.words([named(-1, "~0")]);
    program.sys("rt_sigprocmask", [SIG_SETMASK, all, NULL, 8]);
    program.sys("write", [1, "ready\n", 6]);
    program.sys("exit_group", [
      program.sys("rt_sigtimedwait", [all, NULL, NULL, 8]),
    ]);
  });
  using file = temporaryExecutable(program.link(runner.arch).elf);
  const [command = "", ...args] = [...runner.command, file.path];
  const child = new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGUSR1");
  const SIGUSR1 = 10;
  assert.equal((await child.status).code, SIGUSR1);
  await reader.cancel();
});
