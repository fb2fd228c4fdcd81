import assert from "node:assert/strict";
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import {
  addressIn,
  encodeSocketAddress,
  portOf,
  SOCKADDR_SIZE,
} from "./inet.ts";
import {
  accept,
  connectTo,
  indexOfLink,
  listenAt,
  receive,
  send,
} from "./inet_socket.ts";

const HERE = Uint8Array.of(127, 0, 0, 1);

Deno.test("endpoints are encoded as ip(7) and ipv6(7) have them", () => {
  const four = encodeSocketAddress({ address: HERE, port: 53 });
  assert.equal(four.toHex(), "02000035" + "7f000001" + "00".repeat(8));
  assert.deepEqual(addressIn(four), HERE);
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
  const six = encodeSocketAddress({ address: bytes, port: 0x1234, scope: 5 });
  assert.equal(
    six.toHex(),
    "0a001234" + "00000000" + "000102030405060708090a0b0c0d0e0f" + "05000000",
  );
  assert.deepEqual(addressIn(six), bytes);
});

Deno.test("datagrams come with their sender, or not at all", () => {
  using server = listenAt({ address: HERE, port: 0 }, "udp");
  const buffer = new Uint8Array(10);
  const sender = new Uint8Array(SOCKADDR_SIZE);
  assert.equal(receive(server.number, buffer, sender), -ERRNO.EAGAIN!);
  const port = portOf(server);
  using client = connectTo({ address: HERE, port }, "udp");
  assert.equal(send(client.number, Uint8Array.of(1, 2)), 2);
  assert.equal(receive(server.number, buffer, sender), 2);
  assert.deepEqual(addressIn(sender), HERE);
  assert.equal(send(server.number, Uint8Array.of(3), sender), 1);
  assert.equal(receive(client.number, buffer), 1);
  assert.equal(buffer[0], 3);
});

Deno.test("who is not there is told by the errno", () => {
  const gone = listenAt({ address: HERE, port: 0 }, "udp");
  const port = portOf(gone);
  gone[Symbol.dispose]();
  using client = connectTo({ address: HERE, port }, "udp");
  send(client.number, Uint8Array.of(1));
  assert.equal(receive(client.number, new Uint8Array(1)), -ERRNO.ECONNREFUSED!);
});

Deno.test("a port is one server's, of UDP and of TCP", () => {
  for (const transport of ["udp", "tcp"] as const) {
    using server = listenAt({ address: HERE, port: 0 }, transport);
    const port = portOf(server);
    assert.throws(
      () => listenAt({ address: HERE, port }, transport),
      (error) => error instanceof SyscallError && error.code === "EADDRINUSE",
    );
  }
});

Deno.test("connections are taken with their peer", () => {
  using server = listenAt({ address: HERE, port: 0 }, "tcp");
  assert.equal(accept(server.number), -ERRNO.EAGAIN!);
  using _client = connectTo(
    { address: HERE, port: portOf(server) },
    "tcp",
  );
  const accepted = accept(server.number);
  assert(typeof accepted !== "number");
  using _ = accepted.socket;
  assert.deepEqual(addressIn(accepted.peer), HERE);
});

Deno.test("links have an index, or 0", () => {
  assert.equal(indexOfLink("lo"), 1);
  assert.equal(indexOfLink("no such link"), 0);
  assert.equal(indexOfLink("a name of more than fifteen bytes"), 0);
});
