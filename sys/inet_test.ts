import assert from "node:assert/strict";
import { SyscallError } from "./errors.ts";
import { holdPort, portOf, type Transport } from "./inet.ts";

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const ANY = new Uint8Array(4);

function isTaken(transport: Transport, address: Uint8Array, port: number) {
  try {
    holdPort(transport, { address, port })[Symbol.dispose]();
    return false;
  } catch (error) {
    if (error instanceof SyscallError && error.code === "EADDRINUSE") {
      return true;
    }
    throw error;
  }
}

/** One that was free a moment ago. */
function freePort(transport: Transport): number {
  using held = holdPort(transport, { address: ANY, port: 0 });
  const port = portOf(held);
  assert.equal(isTaken(transport, LOOPBACK, port), true);
  return port;
}

for (const transport of ["tcp", "udp"] as const) {
  Deno.test(`holdPort() keeps a ${transport} port, on all addresses or one`, () => {
    const port = freePort(transport);
    using held = holdPort(transport, { address: ANY, port });
    assert.equal(portOf(held), port);
    assert.equal(isTaken(transport, ANY, port), true);
    assert.equal(isTaken(transport, LOOPBACK, port), true);
    held[Symbol.dispose]();
    assert.equal(isTaken(transport, ANY, port), false);
  });
}

Deno.test("nobody shares a port that is held, and nobody is let in", async () => {
  const port = freePort("tcp");
  using _held = holdPort("tcp", { address: LOOPBACK, port });
  // Deno sets SO_REUSEADDR, as most servers do.
  assert.throws(
    () => Deno.listen({ hostname: "127.0.0.1", port }),
    Deno.errors.AddrInUse,
  );
  await assert.rejects(
    Deno.connect({ hostname: "127.0.0.1", port }),
    Deno.errors.ConnectionRefused,
  );
});

Deno.test("a port that a listener has cannot be held", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  assert.equal(isTaken("tcp", LOOPBACK, port), true);
  assert.equal(isTaken("tcp", ANY, port), true);
});

Deno.test("connections that have ended do not occupy a port", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const [client, server] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  // Who closes first waits: here it is the server.
  server.close();
  await client.read(new Uint8Array(1));
  client.close();
  listener.close();
  assert.equal(isTaken("tcp", LOOPBACK, port), false);
});

Deno.test("an address that is not the host's is named by its errno", () => {
  assert.throws(
    () => holdPort("udp", { address: Uint8Array.of(192, 0, 2, 1), port: 0 }),
    { code: "EADDRNOTAVAIL" },
  );
});
