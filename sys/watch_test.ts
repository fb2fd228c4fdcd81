import assert from "node:assert/strict";
import { EPOLL } from "./epoll.ts";
import { pipe, writeAll } from "./fd.ts";
import { Watch } from "./watch.ts";

Deno.test("a watch ends by an event, by time, and by being closed", async () => {
  const [from, to] = pipe();
  using _from = from;
  using _to = to;
  const watch = new Watch(from.number);
  const start = performance.now();
  assert.equal(await watch.ready(EPOLL.IN, start + 20), false);
  assert.equal(await watch.ready(EPOLL.IN, start), false);
  const waiting = watch.ready(EPOLL.IN, start + 60_000);
  writeAll(to.number, Uint8Array.of(1));
  assert.equal(await waiting, true);
  assert.equal(await watch.ready(EPOLL.IN), true);
  const pause = watch.ready(0);
  watch[Symbol.dispose]();
  assert.equal(await pause, false);
  assert.equal(await watch.ready(EPOLL.IN), false);
});
