import assert from "node:assert/strict";
import { waitFor } from "./epoll.ts";
import { O, pipe, writeAll } from "./fd.ts";
import { syscall } from "./syscall.ts";
import { sleep } from "./timer.ts";

/** Time in which nothing else of this thread runs. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

Deno.test("news of a descriptor that was closed are not its successor's", async () => {
  const [first, writer] = pipe();
  const { cancel } = waitFor(first.number);
  await sleep(20); // now another thread waits
  writeAll(writer.number, Uint8Array.of(1));
  block(50); // and has its answer, which nobody has looked at
  cancel();
  const [second, other] = pipe();
  // Closes the first, and gives its number to the second.
  syscall("dup3", second.number, first.number, O.CLOEXEC);
  let came = false;
  const wait = waitFor(first.number);
  wait.events.then(() => came = true);
  await sleep(50);
  assert.equal(came, false);
  writeAll(other.number, Uint8Array.of(1));
  await wait.events;
  for (const fd of [first, writer, second, other]) fd[Symbol.dispose]();
});
