import assert from "node:assert/strict";
import { findPortHolder, socketsOn } from "./port_holder.ts";

Deno.test("socketsOn() finds inodes by the local port", () => {
  const lines = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1",
    "   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4712 1",
    "   2: 0100007F:1F90 0100007F:C350 06 00000000:00000000 03:00000F93 00000000     0        0 0 3",
  ];
  assert.deepEqual(socketsOn(lines, 8080), ["4711"]);
  assert.deepEqual(socketsOn(lines, 80), []);
});

Deno.test("findPortHolder() finds this process", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  assert.equal(findPortHolder("tcp", port)?.pid, Deno.pid);
  listener.close();
  assert.equal(findPortHolder("tcp", port), undefined);
});

Deno.test("the name of a process gives a terminal no orders", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const before = Deno.readTextFileSync("/proc/self/comm").trimEnd();
  try {
    Deno.writeTextFileSync("/proc/self/comm", "\x1b]0;web\x07");
    assert.equal(findPortHolder("tcp", port)?.name, "?]0;web?");
  } finally {
    Deno.writeTextFileSync("/proc/self/comm", before);
  }
});
