import assert from "node:assert/strict";
import { hostArch, syscallNumber } from "../../sys/numbers.ts";
import { pauseProgram } from "./pause.ts";
import { hasTool, temporaryExecutable, testOnEach } from "./testing.ts";

testOnEach("pause leaves with 0 on SIGTERM and SIGINT", async (runner) => {
  using pause = temporaryExecutable(pauseProgram().link(runner.arch).elf);
  const [command = "", ...args] = [...runner.command, pause.path];
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const child = new Deno.Command(command, { args, stdin: "null" }).spawn();
    await waiting(child.pid);
    child.kill("SIGHUP"); // no reason to leave
    child.kill("SIGUSR1");
    child.kill(signal);
    assert.equal((await child.status).code, 0);
  }
});

/** Resolves when process `pid` waits for a signal, as pause does. */
async function waiting(pid: number): Promise<void> {
  const number = syscallNumber("rt_sigtimedwait", hostArch());
  for (let tries = 0; tries < 500; tries++) {
    const call = await Deno.readTextFile(`/proc/${pid}/syscall`);
    if (call.startsWith(`${number} `)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`process ${pid} does not wait for signals`);
}

const unshare = hasTool("unshare") && Deno.uid() === 0;
if (!unshare) console.warn("pid 1 is not tested: it takes unshare and root");

Deno.test({
  name: "pause, as pid 1, reaps orphans and leaves on SIGTERM",
  ignore: !unshare,
  fn: async () => {
    using pause = temporaryExecutable(pauseProgram().link(hostArch()).elf);
    // the shell leaves two orphans to pid 1: one that ends, one that stays
    const orphans = "(sleep 0.1 &) ; (sleep 100 &) ; exec " + pause.path;
    const unshared = new Deno.Command("unshare", {
      args: ["--pid", "--fork", "--kill-child", "sh", "-c", orphans],
      stdin: "null",
    }).spawn();
    const [pid] = await children(unshared.pid, 1);
    await waiting(pid!);
    const left = await children(pid!, 1);
    assert.match(await Deno.readTextFile(`/proc/${left[0]}/status`), /sleep/);

    Deno.kill(pid!, "SIGTERM");
    assert.equal((await unshared.status).code, 0);
    assert.throws(() => Deno.statSync(`/proc/${left[0]}`)); // went with pid 1
  },
});

/** The children of `pid`, once there are `count`. */
async function children(pid: number, count: number): Promise<number[]> {
  for (let tries = 0; tries < 500; tries++) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    const pids = text.split(" ").filter(Boolean).map(Number);
    if (pids.length === count) return pids;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`process ${pid} has not come to ${count} children`);
}

Deno.test("an idle pause has at most 16 KiB of private memory", async () => {
  using pause = temporaryExecutable(pauseProgram().link(hostArch()).elf);
  const sizes: number[] = [];
  for (let i = 0; i < 8; i++) sizes.push(await privateMemory(pause.path));
  // Where its stack begins is random, and so whether it takes a page more.
  const least = Math.min(...sizes);
  assert(least > 0 && least <= 16, `${sizes} KiB`);
});

/** In KiB, of a program that waits for signals. */
async function privateMemory(path: string): Promise<number> {
  const options = { stdin: "null", clearEnv: true } as const;
  const child = new Deno.Command(path, options).spawn();
  try {
    await waiting(child.pid);
    const rollup = await Deno.readTextFile(`/proc/${child.pid}/smaps_rollup`);
    return [...rollup.matchAll(/^Private_\w+: +(\d+) kB$/gm)]
      .reduce((sum, [, size]) => sum + Number(size), 0);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}
