import assert from "node:assert/strict";
import { Stop } from "./stop.ts";

Deno.test("Stop waits for what comes first, an event or the call", async () => {
  const stop = new Stop();
  await stop.or(Promise.resolve());
  assert.equal(stop.called, false);
  const waiting = stop.or(new Promise(() => {}));
  stop.call();
  await waiting;
  await stop.or(new Promise(() => {}));
  assert.equal(stop.called, true);
});
