import assert from "node:assert/strict";
import { sleep, startTimer } from "./timer.ts";

Deno.test("sleep() takes its time, and no time is over at once", async () => {
  const begin = performance.now();
  await sleep(30);
  const took = performance.now() - begin;
  assert(took >= 29, `${took} ms`);
  await sleep(0);
});

Deno.test("a timer that is stopped is never over", async () => {
  let over = false;
  {
    using timer = startTimer(5);
    timer.over.then(() => over = true);
  }
  await sleep(30);
  assert.equal(over, false);
});

/** In a process of its own, which opens nothing more after its first sleep. */
const WITHOUT_DESCRIPTORS = `
  import { syscall } from ${
  JSON.stringify(import.meta.resolve("./syscall.ts"))
};
  import { sleep } from ${JSON.stringify(import.meta.resolve("./timer.ts"))};
  await sleep(0);
  const RLIMIT_NOFILE = 7; // struct rlimit { u64 rlim_cur, rlim_max; }
  const none = new Uint8Array(BigUint64Array.of(0n, 0n).buffer);
  syscall("prlimit64", 0, RLIMIT_NOFILE, none, null);
  await sleep(5);
  console.log("over");
`;

Deno.test("time passes without a descriptor left, too", async () => {
  const args = ["eval", "--ext=ts", WITHOUT_DESCRIPTORS];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert.equal(new TextDecoder().decode(stdout), "over\n");
});
