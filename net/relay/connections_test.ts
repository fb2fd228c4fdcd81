import assert from "node:assert/strict";
import { parseAddress } from "../address.ts";
import { relayConnections } from "./connections.ts";

Deno.test("so many connections are passed on, and no more", async () => {
  using server = Deno.listen({ hostname: "::1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  using relay = relayConnections({ address: parseAddress("::1"), port }, 1);
  const connect = () => Deno.connect({ hostname: "::1", port: relay.port });
  using first = await connect();
  using accepted = await server.accept();
  await first.write(Uint8Array.of(7));
  const buffer = new Uint8Array(1);
  assert.equal(await accepted.read(buffer), 1);
  using second = await connect();
  assert.equal(await second.read(buffer), null);
  await accepted.write(buffer);
  assert.equal(await first.read(buffer), 1);
});
