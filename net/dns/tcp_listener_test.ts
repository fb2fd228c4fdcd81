import assert from "node:assert/strict";
import { portOf } from "../../sys/inet.ts";
import { connectTo, listenAt } from "../../sys/inet_socket.ts";
import { formatAddress } from "../address.ts";
import { MessageStream } from "./message_stream.ts";
import type { Serve } from "./serve.ts";
import { TcpListener } from "./tcp_listener.ts";

const HERE = Uint8Array.of(127, 0, 0, 1);
const soon = (ms = 20_000) => performance.now() + ms;

/** A listener that says what it was told, within limits. */
function listener(limits = {}, serve: Serve = (message) => message.slice()) {
  const socket = listenAt({ address: HERE, port: 0 }, "tcp");
  const port = portOf(socket);
  const all = { connections: 8, ofAsker: 8, idle: 20_000, ...limits };
  const listening = new TcpListener(socket, serve, all);
  const connect = () =>
    new MessageStream(connectTo({ address: HERE, port }, "tcp"), 0xffff);
  return { listening, connect };
}

async function exchange(stream: MessageStream, ...bytes: number[]) {
  const sent = await stream.write(Uint8Array.from(bytes), soon());
  return sent ? await stream.read(soon()) : undefined;
}

Deno.test("several queries come by one connection, also all at once", async () => {
  const askers: string[] = [];
  const { listening, connect } = listener({}, async (message, asker) => {
    askers.push(formatAddress(asker));
    await new Promise((done) => setTimeout(done, message[0]! % 3));
    return message.slice();
  });
  using _ = listening;
  using stream = connect();
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(await exchange(stream, i), Uint8Array.of(i));
  }
  for (let i = 0; i < 5; i++) await stream.write(Uint8Array.of(i, i), soon());
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(await stream.read(soon()), Uint8Array.of(i, i));
  }
  assert.deepEqual(new Set(askers), new Set(["127.0.0.1"]));
});

Deno.test("who asks nothing for a while is let go", async () => {
  const { listening, connect } = listener({ idle: 300 });
  using _ = listening;
  using stream = connect();
  assert.deepEqual(await exchange(stream, 1), Uint8Array.of(1));
  const start = performance.now();
  assert.equal(await stream.read(soon()), undefined);
  assert(performance.now() - start < 10_000);
});

Deno.test("who takes no answers is let go, and others are answered", async () => {
  const big = new Uint8Array(0xffff);
  const { listening, connect } = listener({ idle: 500 }, () => big);
  using _ = listening;
  using greedy = connect();
  let asked = 0;
  while (await greedy.write(new Uint8Array(4096), soon(5000))) asked++;
  assert(asked > 0);
  using other = connect();
  assert.equal((await exchange(other, 1))!.length, big.length);
});

Deno.test("a message that is too long ends the connection", async () => {
  const { listening, connect } = listener();
  using _ = listening;
  using stream = connect();
  await stream.write(new Uint8Array(4097), soon());
  assert.equal(await stream.read(soon()), undefined);
});

Deno.test("one asker has so many connections and no more", async () => {
  const { listening, connect } = listener({ ofAsker: 2 });
  using _ = listening;
  using stack = new DisposableStack();
  const streams = [1, 2, 3].map(() => stack.use(connect()));
  const replies = await Promise.all(streams.map((one) => exchange(one, 1)));
  assert.equal(replies.filter((reply) => reply).length, 2);
});

Deno.test("when all connections are taken, others wait for one", async () => {
  const { listening, connect } = listener({ connections: 2 });
  using _ = listening;
  using stack = new DisposableStack();
  const [one, two, three] = [1, 2, 3].map(() => stack.use(connect()));
  assert.ok(await exchange(one!, 1));
  assert.ok(await exchange(two!, 2));
  await three!.write(Uint8Array.of(3), soon());
  assert.equal(await three!.read(soon(50)), undefined);
  one![Symbol.dispose]();
  assert.deepEqual(await three!.read(soon()), Uint8Array.of(3));
});

Deno.test("closing it ends all connections", async () => {
  const { listening, connect } = listener({ connections: 1 });
  using stream = connect();
  assert.ok(await exchange(stream, 1));
  listening[Symbol.dispose]();
  assert.equal(await stream.read(soon()), undefined);
});
