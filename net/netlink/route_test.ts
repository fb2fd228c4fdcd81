import assert from "node:assert/strict";
import { formatAddress, parseAddress } from "../address.ts";
import { inNetns, newNetns } from "../netns.ts";
import { formatPrefix, parsePrefix } from "../prefix.ts";
import { addAddress } from "./address.ts";
import { addVeth, setLink } from "./link.ts";
import { decodeMessages, encodeRequest } from "./message.ts";
import {
  addRoute,
  decodeRoute,
  DEFAULT_ROUTE,
  deleteRoute,
  listRoutes,
  replaceRoute,
  type Route,
  RT_TABLE,
  RTN,
} from "./route.ts";
import { RT_SCOPE } from "./rtm.ts";
import { NetlinkSocket } from "./socket.ts";
import { hex, kernelTest, ROUTES, ROUTES6 } from "./testing.ts";

const gateway = parseAddress("10.88.0.1");

Deno.test("addRoute() tells how far, and what a packet may have on the way", () => {
  const to = parsePrefix("10.9.0.0/16");
  const { body } = addRoute({ to, index: 3, mtu: 1300, advmss: 1200 });
  assert.equal(
    body.subarray(-20).toHex(),
    hex(`14000880 08000200 14050000 08000800 b0040000`).toHex(),
  );
  const scopes = [{}, { scope: RT_SCOPE.UNIVERSE }, { scope: RT_SCOPE.HOST }]
    .map((scope) => addRoute({ to, index: 3, ...scope }).body[6]);
  assert.deepEqual(scopes, [RT_SCOPE.LINK, RT_SCOPE.UNIVERSE, RT_SCOPE.HOST]);
});

Deno.test("addRoute() is what `ip route add` sends", () => {
  // ip route add default via 10.88.0.1 dev veth0 metric 5
  const request = addRoute({
    to: DEFAULT_ROUTE[4],
    via: gateway,
    index: 11,
    metric: 5,
  });
  assert.equal(
    encodeRequest(request, 7).toHex(),
    hex(`
      3c000000 18000506 07000000 00000000 02000000 00040001 00000000
      08000f00 fe000000
      08000500 0a580001 08000400 0b000000 08000600 05000000
    `).toHex(),
  );
  assert.equal(
    request.what,
    "add the route to 0.0.0.0/0 via 10.88.0.1 by the link 11",
  );
});

Deno.test("deleteRoute() does not care who put the route in", () => {
  assert.equal(
    deleteRoute({ to: DEFAULT_ROUTE[4], via: gateway }).body.toHex(),
    hex("02000000 0000ff00 00000000 08000f00 fe000000 08000500 0a580001")
      .toHex(),
  );
});

/** A route as `ip route` writes it, more or less. */
function show({ to, type, hops, source, metric, table }: Route): string {
  const words = hops.flatMap(({ via, index }) => [
    ...(via ? ["via", formatAddress(via)] : []),
    ...(index === undefined ? [] : ["dev", index]),
  ]);
  const kind = type === RTN.UNICAST ? [] : [type];
  const [src, cost] = [
    source ? ["src", formatAddress(source)] : [],
    metric === undefined ? [] : ["metric", metric],
  ];
  const where = table === RT_TABLE.MAIN ? [] : ["table", table];
  return [...kind, formatPrefix(to), ...words, ...src, ...cost, ...where]
    .join(" ");
}

Deno.test("decodeRoute() reads routes of both versions, by several hops too", () => {
  const shown = [ROUTES[0], ROUTES6[0]].flatMap(decodeMessages)
    .map(decodeRoute).map(show);
  assert.deepEqual(shown, [
    "0.0.0.0/0 via 10.88.0.1 dev 2 src 10.88.0.2 metric 100",
    "10.88.0.0/16 dev 2 src 10.88.0.2",
    "10.98.0.0/24 via fd00::9 dev 2",
    "10.99.0.0/24 via 10.88.0.7 dev 2 via 10.88.0.8 dev 2",
    "fd00::/64 dev 2 metric 256",
    "fe80::/64 dev 2 metric 256",
  ]);
});

Deno.test("hops whose length lies are malformed", () => {
  const decode = (hops: string) => {
    const payload = hex(`02180000 fe030001 00000000 ${hops}`);
    return () => decodeRoute({ type: 24, flags: 0, seq: 1, payload });
  };
  assert.throws(decode("08000900 00000000"), /next hop at byte 0 claims 0/);
  const beyond = "0c000900 09000000 02000000";
  assert.throws(decode(beyond), /claims 9 bytes, 8 to 8/);
  assert.throws(decode("06001200 0a000000"), /0 bytes where an address has/);
});

kernelTest("routes are added, replaced, listed and deleted", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const list = () =>
    [4, 6].flatMap((family) =>
      socket.dump(listRoutes({ family: family as 4 | 6, table: 254 }))
    ).map(decodeRoute).map(show).filter((line) => !line.startsWith("fe80"));
  const via6 = parseAddress("fd00::1");
  socket.batch([
    addVeth({ name: "a", index: 2, up: true }, { name: "b", index: 3 }),
    setLink(3, { up: true }),
    addAddress(2, parsePrefix("10.88.0.2/16")),
    addAddress(2, parsePrefix("fd00::2/64")),
    addRoute({ to: DEFAULT_ROUTE[4], via: gateway }),
    addRoute({ to: DEFAULT_ROUTE[6], via: via6 }),
    addRoute({ to: parsePrefix("10.99.0.0/24"), index: 3, metric: 7 }),
    addRoute({ to: parsePrefix("fd01::/64"), index: 3 }),
    addRoute({ to: parsePrefix("10.77.0.0/16"), type: RTN.UNREACHABLE }),
    addRoute({
      to: parsePrefix("10.66.0.0/24"),
      via: parseAddress("172.16.0.1"),
      index: 2,
      onLink: true,
      table: 1000,
      source: parseAddress("10.88.0.2"),
    }),
  ]);
  assert.deepEqual(list(), [
    "0.0.0.0/0 via 10.88.0.1 dev 2",
    "7 10.77.0.0/16",
    "10.88.0.0/16 dev 2 src 10.88.0.2",
    "10.99.0.0/24 dev 3 metric 7",
    "fd00::/64 dev 2 metric 256",
    "fd01::/64 dev 3 metric 1024",
    "::/0 via fd00::1 dev 2 metric 1024",
  ]);
  const other = socket.dump(listRoutes({ table: 1000 })).map(decodeRoute);
  assert.deepEqual(other.map(show), [
    "10.66.0.0/24 via 172.16.0.1 dev 2 src 10.88.0.2 table 1000",
  ]);
  assert(socket.dump(listRoutes()).length > list().length);

  // Destination and gateway are words of memory there, so little-endian.
  const proc = inNetns(
    netns,
    () => Deno.readTextFileSync("/proc/thread-self/net/route"),
  );
  assert.match(proc, /^a\t00000000\t0100580A\t0003\t/m);

  const nearer = parseAddress("10.88.0.9");
  socket.batch([
    replaceRoute({ to: DEFAULT_ROUTE[4], via: nearer }),
    deleteRoute({ to: DEFAULT_ROUTE[6] }),
    deleteRoute({ to: parsePrefix("10.99.0.0/24"), index: 3 }),
    deleteRoute({ to: parsePrefix("fd01::/64") }),
    deleteRoute({ to: parsePrefix("10.77.0.0/16") }),
  ]);
  assert.deepEqual(list(), [
    "0.0.0.0/0 via 10.88.0.9 dev 2",
    "10.88.0.0/16 dev 2 src 10.88.0.2",
    "fd00::/64 dev 2 metric 256",
  ]);
});

kernelTest(
  "a route that leads nowhere is refused in the kernel's words",
  () => {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
    assert.throws(
      () => socket.request(addRoute({ to: DEFAULT_ROUTE[4], via: gateway })),
      /cannot add the route to 0\.0\.0\.0\/0 via 10\.88\.0\.1: ENETUNREACH .*"Nexthop has invalid gateway"/,
    );
    assert.throws(
      () => socket.request(deleteRoute({ to: DEFAULT_ROUTE[4] })),
      /cannot delete the route to 0\.0\.0\.0\/0: ESRCH/,
    );
  },
);
