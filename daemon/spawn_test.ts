import assert from "node:assert/strict";
import { needs } from "../tests/facts.ts";
import { type Fd, O, open, pipe, read, setNonBlocking } from "../sys/fd.ts";
import { sleep } from "../sys/timer.ts";
import { openLog } from "./log.ts";
import { emitSuccessor, spawn } from "./spawn.ts";

Deno.test("a successor keeps three descriptors and those it is given", () => {
  const fd = (number: number) => ({ number, path: "x" }) as Fd;
  const { rows } = emitSuccessor({
    executable: fd(5),
    args: ["rkl"],
    env: [],
    log: fd(7),
    keep: [fd(9), fd(3)],
  }, fd(6));
  const closed = rows.map(({ text }) => text)
    .filter((text) => text.startsWith("close_range"));
  assert.deepEqual(closed, [
    "close_range(4, 4, 0)",
    "close_range(7, 8, 0)",
    "close_range(10, 0xffffffff, 0)",
  ]);
});

/** Starts a shell script as a daemon; its output is the log. */
async function start(program: string, script: string, keep: Fd[]) {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-spawn-" });
  try {
    using log = openLog(directory);
    using executable = open(program, O.PATH);
    using spawned = spawn({
      executable,
      args: ["sh", "-c", script],
      env: ["A=1"],
      log,
      keep,
    });
    let text = "";
    for (let i = 0; i < 3000 && !text.endsWith("end\n"); i++) {
      await sleep(10);
      text = Deno.readTextFileSync(`${directory}/log`);
      const failure = spawned.failure();
      if (failure) return failure;
    }
    return text;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test({
  name: "a successor is in a session of its own, and its descriptors are few",
  ...needs("root"),
  async fn() {
    const [end, kept] = pipe();
    using _end = end;
    using _kept = kept;
    setNonBlocking(end.number);
    const script = 'echo $A $PWD; cut -d" " -f1,6 /proc/$$/stat; ' +
      'cd /proc/$$/fd; for fd in *; do [ ! -L $fd ] || printf "$fd "; done; ' +
      "echo; readlink 0; " +
      `echo hello > ${kept.number}; echo end`;
    const text = await start("/bin/sh", script, [kept]);
    const [environment, ids, fds, stdin] = text.split("\n");
    assert.equal(environment, "1 /");
    const [pid, session] = ids!.split(" ");
    assert.equal(session, pid);
    const numbers = ["0", "1", "2", `${kept.number}`];
    assert.deepEqual(fds!.trimEnd().split(" "), numbers.sort());
    assert.equal(stdin, "/dev/null");
    assert.equal(read(end.number, new Uint8Array(9)), 6);
  },
});

Deno.test({
  name: "why a successor cannot be executed is told",
  ...needs("root"),
  async fn() {
    const file = Deno.makeTempFileSync({ prefix: "rkl-spawn-" });
    try {
      Deno.chmodSync(file, 0o644);
      const told = await start(file, "", []);
      assert.equal(told, `cannot execute ${file}: EACCES (permission denied)`);
    } finally {
      Deno.removeSync(file);
    }
  },
});
