import assert from "node:assert/strict";
import { acceptUnix } from "../sys/socket.ts";
import {
  daemonDirectory,
  rememberPlace,
  tryConnect,
  tryHold,
} from "./place.ts";
import { temporaryStore } from "./testing.ts";

Deno.test("a place has one holder, and whoever connects finds the newest", () => {
  using store = temporaryStore();
  assert.equal(tryConnect(store), undefined);
  const first = tryHold(store)!;
  assert.equal(tryHold(store), undefined);
  using early = tryConnect(store)!; // before anybody accepts
  assert(early);
  assert(acceptUnix(first.socket));
  // Killed: the socket is left, and nobody listens.
  first[Symbol.dispose]();
  assert.equal(tryConnect(store), undefined);
  using second = tryHold(store)!;
  using _late = tryConnect(store)!;
  using accepted = acceptUnix(second.socket);
  assert(accepted);
});

Deno.test("what is there is root's alone, however long its path", () => {
  using store = temporaryStore("x".repeat(200));
  using _hold = tryHold(store)!;
  using _connection = tryConnect(store)!;
  const directory = daemonDirectory(store);
  const mode = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o777;
  assert.equal(mode(directory), 0o700);
  for (const { name } of Deno.readDirSync(directory)) {
    assert.equal(mode(`${directory}/${name}`), 0o600, name);
  }
});

Deno.test("a place that was removed, or is another, is no longer one's own", () => {
  using store = temporaryStore();
  const directory = daemonDirectory(store);
  for (
    const change of [
      () => Deno.removeSync(`${directory}/socket`),
      () => Deno.removeSync(store.root, { recursive: true }),
      () => Deno.renameSync(store.root, `${store.root}-away`),
      () => {
        Deno.renameSync(`${directory}/lock`, `${directory}/old`);
        Deno.writeTextFileSync(`${directory}/lock`, "");
      },
    ]
  ) {
    using _hold = tryHold(store)!;
    const presence = rememberPlace(store);
    assert.equal(presence.isInPlace(), true);
    change();
    assert.equal(presence.isInPlace(), false);
  }
});
