import assert from "node:assert/strict";
import { parseAddress } from "./address.ts";
import type { Network } from "./network.ts";
import { prefixesOf } from "./network.ts";
import type { NetworkWishes } from "./network_plan.ts";
import { plan } from "./network_testing.ts";
import { overlaps, parseNetwork } from "./prefix.ts";

const net = parseNetwork;
const ip = parseAddress;

Deno.test("what is not asked for is chosen", () => {
  assert.deepEqual(plan(), {
    name: "a0a1a2a3a4a5",
    id: "a0a1a2a3a4a5",
    driver: "bridge",
    interface: "rkl-a0a1a2a3",
    subnets: [{ subnet: "10.210.0.0/24", gateway: "10.210.0.1" }],
    internal: false,
    isolate: false,
    masquerade: true,
    labels: {},
    options: {},
    created: "2026-01-02T03:04:05.000Z",
  });
});

Deno.test("what is asked for is taken as it is", () => {
  const network = plan({
    name: "web",
    subnets: [net("fd00:1::/64"), net("10.9.0.0/24"), net("10.9.2.0/24")],
    gateways: [ip("10.9.2.254"), ip("fd00:1::5")],
    ipRanges: [net("10.9.0.128/25")],
    internal: true,
    isolate: true,
    mtu: 1400,
    labels: { tier: "front" },
    options: { "com.docker.network.bridge.name": "br-web" },
  });
  assert.deepEqual(network.subnets, [
    { subnet: "10.9.0.0/24", gateway: "10.9.0.1", ipRange: "10.9.0.128/25" },
    { subnet: "10.9.2.0/24", gateway: "10.9.2.254" },
    { subnet: "fd00:1::/64", gateway: "fd00:1::5" },
  ]);
  const { interface: bridge, internal, isolate, mtu, labels } = network;
  assert.deepEqual([bridge, internal, isolate, mtu, labels], [
    "br-web",
    true,
    true,
    1400,
    { tier: "front" },
  ]);
});

Deno.test("IPv6 is chosen only when asked for, IPv4 always", () => {
  const subnets = (wishes: NetworkWishes) =>
    plan(wishes).subnets.map(({ subnet }) => subnet);
  const chosen = "fda0:a1a2:a3a4::/64";
  assert.deepEqual(subnets({ ipv6: true }), ["10.210.0.0/24", chosen]);
  const given = [net("fd00:1::/64")];
  const both = ["10.210.0.0/24", "fd00:1::/64"];
  assert.deepEqual(subnets({ subnets: given }), both);
  assert.deepEqual(subnets({ subnets: given, ipv6: true }), both);
});

Deno.test("the default network has rkl0 unless another network has", () => {
  const name = "bridge";
  assert.equal(plan({ name }).interface, "rkl0");
  const options = { "com.docker.network.bridge.name": "rkl0" };
  const other = plan({ name: "other", options });
  assert.equal(plan({ name }, { networks: [other] }).interface, "rkl-a0a1a2a3");
});

Deno.test("500 networks are disjoint, and free of the host's routes", () => {
  const host = ["10.210.0.0/17", "172.24.5.0/24", "0.0.0.0/1"].map(net);
  const networks: Network[] = [];
  for (let i = 0; i < 500; i++) {
    networks.push(plan({ name: `n${i}` }, { networks, host }));
  }
  const all = [...host.slice(0, 2), ...networks.flatMap(prefixesOf)];
  for (const [index, subnet] of all.entries()) {
    const clash = all.findIndex((other) => overlaps(other, subnet));
    assert.equal(clash, index);
  }
});

Deno.test("a subnet that is not free is refused with what is in the way", () => {
  const networks = [plan({ name: "web", subnets: [net("10.9.0.0/24")] })];
  const host = [net("0.0.0.0/0"), net("10.8.0.0/16")];
  const refused = (subnet: string, message: string) =>
    assert.throws(() => plan({ subnets: [net(subnet)] }, { networks, host }), {
      message: `cannot use the subnet ${subnet}: it overlaps ${message}; ` +
        "take another, or name none and a free one is chosen",
    });
  refused("10.9.0.0/16", '10.9.0.0/24 of network "web"');
  refused(
    "10.8.3.0/24",
    "10.8.0.0/16, where the host has an address or a route",
  );
});

Deno.test("what cannot be is refused, and why", () => {
  const cases: [wishes: NetworkWishes, message: RegExp][] = [
    [{ name: "a/b" }, /"a\/b" is no network name/],
    [{ subnets: [net("10.9.0.1/32")] }, /none for a container/],
    [{ subnets: [net("127.0.0.0/16")] }, /127\.0\.0\.0\/8 is the loopback's/],
    [{ subnets: [net("0.0.0.0/0")] }, /0\.0\.0\.0\/8 means this host/],
    [{ subnets: [net("240.0.0.0/8")] }, /multicast, or reserved/],
    [{ subnets: [net("fe80::/64")] }, /every link's own/],
    [
      { subnets: [net("10.9.0.0/16"), net("10.9.1.0/24")] },
      /^the subnets 10\.9\.0\.0\/16 and 10\.9\.1\.0\/24 overlap$/,
    ],
    [{ gateways: [ip("10.9.0.1")] }, /10\.9\.0\.1: not in 10\.210\.0\.0\/24/],
    [
      { subnets: [net("10.9.0.0/24")], gateways: [ip("10.9.0.255")] },
      /it is not a host's address in 10\.9\.0\.0\/24/,
    ],
    [
      {
        subnets: [net("10.9.0.0/24")],
        gateways: [ip("10.9.0.1"), ip("10.9.0.2")],
      },
      /10\.9\.0\.0\/24 has more than one gateway/,
    ],
    [
      { subnets: [net("10.9.0.0/24")], ipRanges: [net("10.9.0.0/23")] },
      /the range 10\.9\.0\.0\/23: not in 10\.9\.0\.0\/24/,
    ],
    [{ mtu: 10 }, /an MTU of 10: 68 to 65535 are allowed$/],
    [{ mtu: 1000, ipv6: true }, /1280 to 65535 are allowed with IPv6$/],
    [
      { mtu: 1400, options: { mtu: "1300" } },
      /is given twice: as 1400, .*1300/,
    ],
    [
      { options: { "com.docker.network.bridge.name": "a/b" } },
      /"a\/b" is no interface name/,
    ],
  ];
  for (const [wishes, message] of cases) {
    assert.throws(() => plan(wishes), { message });
  }
  const options = { "com.docker.network.bridge.name": "br0" };
  const networks = [plan({ name: "web", options })];
  assert.throws(() => plan({ name: "db", options }, { networks }), {
    message: 'cannot use the interface br0: network "web" has it',
  });
});
