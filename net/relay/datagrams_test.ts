import assert from "node:assert/strict";
import { addressBytes, parseAddress } from "../address.ts";
import { connectTo, listenAt, receive, send } from "../../sys/inet_socket.ts";
import { portOf, SOCKADDR_SIZE } from "../../sys/inet.ts";
import { eventually } from "../../tests/rkl.ts";
import { EPOLL } from "../../sys/epoll.ts";
import { Watch } from "../../sys/watch.ts";
import { relayDatagrams } from "./datagrams.ts";

const LOOPBACK = parseAddress("::1");
const BYTES = addressBytes(LOOPBACK);
const HELLO = new TextEncoder().encode("hello");

Deno.test("a datagram and its answer are passed on", async () => {
  using server = listenAt({ address: BYTES, port: 0 }, "udp");
  using relay = relayDatagrams({ address: LOOPBACK, port: portOf(server) });
  using client = connectTo({ address: BYTES, port: relay.port }, "udp");
  send(client.number, HELLO);
  using asked = new Watch(server.number);
  assert(await asked.ready(EPOLL.IN, performance.now() + 20_000));
  const buffer = new Uint8Array(100);
  const sender = new Uint8Array(SOCKADDR_SIZE);
  assert.equal(receive(server.number, buffer, sender), HELLO.length);
  send(server.number, HELLO, sender);
  using answered = new Watch(client.number);
  assert(await answered.ready(EPOLL.IN, performance.now() + 20_000));
  assert.equal(receive(client.number, buffer), HELLO.length);
});

Deno.test("a target without a route ends no relay", async () => {
  // RFC 4291, section 2.5.6: without a link an address like this leads nowhere.
  const address = parseAddress("fe80::1");
  using relay = relayDatagrams({ address, port: 9 });
  using client = connectTo({ address: BYTES, port: relay.port }, "udp");
  for (let i = 0; i < 2; i++) {
    send(client.number, HELLO);
    await eventually("it is read", () => queued(relay.port) === 0);
  }
});

/** Bytes that wait to be read at a port, as udp(7) tells of /proc/net/udp6. */
function queued(port: number): number {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = Deno.readTextFileSync("/proc/net/udp6").split("\n");
  const fields = lines.map((line) => line.trim().split(/ +/));
  const queues = fields.find(([, local]) => local?.endsWith(end))![4]!;
  return parseInt(queues.split(":")[1]!, 16);
}

Deno.test("who sends without end lets others have their turn", async () => {
  using server = listenAt({ address: BYTES, port: 0 }, "udp");
  using relay = relayDatagrams({ address: LOOPBACK, port: portOf(server) });
  using client = connectTo({ address: BYTES, port: relay.port }, "udp");
  const MANY = 150;
  for (let i = 0; i < MANY; i++) send(client.number, HELLO);
  using asked = new Watch(server.number);
  assert(await asked.ready(EPOLL.IN, performance.now() + 20_000));
  let count = 0;
  while (receive(server.number, new Uint8Array(100)) > 0) count++;
  assert(count > 0 && count < MANY, `${count} at once`);
});
