import assert from "node:assert/strict";
import { waitFor } from "./epoll.ts";
import { pipe, writeAll } from "./fd.ts";
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
  first[Symbol.dispose]();
  const [second, other] = pipe();
  assert.equal(second.number, first.number);
  let came = false;
  const wait = waitFor(second.number);
  wait.events.then(() => came = true);
  await sleep(50);
  assert.equal(came, false);
  writeAll(other.number, Uint8Array.of(1));
  await wait.events;
  for (const fd of [writer, second, other]) fd[Symbol.dispose]();
});
