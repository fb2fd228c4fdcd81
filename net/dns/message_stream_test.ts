import assert from "node:assert/strict";
import { writeAll } from "../../sys/fd.ts";
import { socketPair } from "../../sys/socket.ts";
import { MessageStream } from "./message_stream.ts";

const soon = (ms = 20_000) => performance.now() + ms;

function pair(longest = 0xffff) {
  const [here, there] = socketPair();
  return { stream: new MessageStream(here, longest), there };
}

Deno.test("messages are read whole, however they come", async () => {
  using stack = new DisposableStack();
  const { stream, there } = pair();
  stack.use(stream), stack.use(there);
  const bytes = Uint8Array.of(0, 3, 1, 2, 3, 0, 1, 9);
  const first = stream.read(soon());
  for (const byte of bytes) {
    writeAll(there.number, Uint8Array.of(byte));
    await new Promise((done) => setTimeout(done, 1));
  }
  assert.deepEqual(await first, Uint8Array.of(1, 2, 3));
  assert.deepEqual(await stream.read(soon()), Uint8Array.of(9));
});

Deno.test("a byte now and then does not make time", async () => {
  using stack = new DisposableStack();
  const { stream, there } = pair();
  stack.use(stream), stack.use(there);
  writeAll(there.number, Uint8Array.of(0xff, 0xff));
  const drip = setInterval(() => writeAll(there.number, Uint8Array.of(0)), 5);
  const start = performance.now();
  assert.equal(await stream.read(soon(60)), undefined);
  clearInterval(drip);
  assert(performance.now() - start < 10_000);
});

Deno.test("an end, an empty and a too long message end it", async () => {
  for (const bytes of [[], [0], [0, 0], [0, 5, 1, 2, 3, 4, 5], [0, 4, 1]]) {
    const { stream, there } = pair(4);
    using _ = stream;
    writeAll(there.number, Uint8Array.from(bytes));
    there[Symbol.dispose]();
    assert.equal(await stream.read(soon()), undefined, `${bytes}`);
  }
});

Deno.test("who takes a message in pieces gets all of it", async () => {
  using stack = new DisposableStack();
  const [here, there] = socketPair();
  const stream = stack.use(new MessageStream(here, 0xffff));
  const reader = stack.use(new MessageStream(there, 0xffff));
  const message = Uint8Array.from({ length: 0xffff }, (_, i) => i);
  let writes = 0;
  const written = (async () => {
    while (writes < 20 && await stream.write(message, soon())) writes++;
  })();
  for (let i = 0; i < 20; i++) {
    assert.deepEqual(await reader.read(soon()), message);
  }
  await written;
  assert.equal(writes, 20);
});

Deno.test("who takes nothing is given up", async () => {
  using stack = new DisposableStack();
  const { stream, there } = pair();
  stack.use(stream), stack.use(there);
  const message = new Uint8Array(0xffff);
  let taken = 0;
  while (await stream.write(message, soon(30))) taken++;
  assert(taken < 100);
});

Deno.test("closing ends what waits, and all that follows", async () => {
  const { stream, there } = pair();
  using _ = there;
  const waiting = stream.read(Infinity);
  stream[Symbol.dispose]();
  stream[Symbol.dispose]();
  assert.equal(await waiting, undefined);
  assert.equal(await stream.read(Infinity), undefined);
  assert.equal(await stream.write(new Uint8Array(2), Infinity), false);
});
