import assert from "node:assert/strict";
import fc from "fast-check";
import { addressFromBytes, formatAddress } from "../../address.ts";
import { formatPrefix } from "../../prefix.ts";
import { type CniResult, formatResult, parseResult } from "../result.ts";
import { CNI_VERSIONS } from "../version.ts";
import { parseConfig } from "./config.ts";
import { settingsOf } from "./inside.ts";
import { planAttachment, resultOf } from "./plan.ts";

const WEB = { containerId: "web", ifname: "eth0" };
const NOTHING: CniResult = { interfaces: [], ips: [], routes: [], dns: {} };

function planOf(fields: object, leased: object = {}) {
  const base = { cniVersion: "1.1.0", name: "net" };
  const config = parseConfig({ ...base, ...fields });
  return planAttachment(config, WEB, parseResult(leased, "leased"));
}

/** The same with addresses as text, to be read. */
function readable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, item) => {
    if (typeof item !== "object" || item === null) return item;
    if ("family" in item) return formatAddress(item);
    return "length" in item && "address" in item ? formatPrefix(item) : item;
  }));
}

Deno.test("without IPAM the container gets frames, and nothing else", () => {
  assert.deepEqual(readable(planOf({ hairpinMode: true, mtu: 1400 })), {
    bridge: {
      name: "cni0",
      mtu: 1400,
      promiscuous: false,
      filtersVlans: false,
      gateways: [],
      forceAddress: false,
      forwards: [],
    },
    port: {
      name: "veth6548b02bc39",
      note: "cni net eth0 web",
      hairpin: true,
      isolated: false,
      mtu: 1400,
    },
    inside: {
      name: "eth0",
      up: true,
      addresses: [],
      routes: [],
      detectsDuplicates: false,
    },
    masquerade: [],
    guardsMac: false,
    ips: [],
    routes: [],
    dns: {},
  });
});

Deno.test("a default gateway: addresses of the bridge, routes, forwarding", () => {
  const plan = planOf({ isDefaultGateway: true }, {
    ips: [{ address: "10.1.0.5/24", gateway: "10.1.0.254" }, {
      address: "fd00::5/64",
    }],
    routes: [{ dst: "10.0.0.0/8", mtu: 1300, priority: 5 }],
  });
  assert.deepEqual(readable(plan.bridge.gateways), [
    "10.1.0.254/24",
    "fd00::1/64",
  ]);
  assert.deepEqual(plan.bridge.forwards, [4, 6]);
  assert.equal(plan.bridge.mac, "02:42:0a:01:00:fe");
  assert.equal(plan.inside.mac, "02:42:0a:01:00:05");
  assert.deepEqual(readable(plan.inside.routes), [
    { to: "10.0.0.0/8", via: "10.1.0.254", metric: 5, mtu: 1300 },
    { to: "0.0.0.0/0", via: "10.1.0.254" },
    { to: "::/0", via: "fd00::1" },
  ]);
  assert.deepEqual(readable(plan.ips), [
    { address: "10.1.0.5/24", interface: 2, gateway: "10.1.0.254" },
    { address: "fd00::5/64", interface: 2, gateway: "fd00::1" },
  ]);
});

Deno.test("a default route that IPAM gave is not made twice", () => {
  const { routes, inside } = planOf({ isDefaultGateway: true }, {
    ips: [{ address: "10.1.0.5/24", gateway: "10.1.0.1" }],
    routes: [{ dst: "0.0.0.0/0" }, { dst: "0.0.0.0/0", gw: "10.1.0.1" }],
  });
  assert.equal(routes.length, 2);
  assert.deepEqual(readable(inside.routes), [
    { to: "0.0.0.0/0", via: "10.1.0.1" },
  ]);
});

Deno.test("a route to neighbours has no gateway", () => {
  const { inside } = planOf({}, {
    ips: [{ address: "10.1.0.5/24", gateway: "10.1.0.1" }],
    routes: [
      { dst: "10.2.0.0/16", scope: 253 },
      { dst: "10.3.0.0/16", gw: "0.0.0.0" },
      { dst: "10.4.0.0/16", scope: 0 },
      { dst: "fd00::/64" },
    ],
  });
  assert.deepEqual(readable(inside.routes), [
    { to: "10.2.0.0/16", scope: 253 },
    { to: "10.3.0.0/16" },
    { to: "10.4.0.0/16", via: "10.1.0.1", scope: 0 },
    { to: "fd00::/64" },
  ]);
});

Deno.test("a bridge that is no gateway has no address", () => {
  const plan = planOf({ ipMasq: true }, {
    ips: [{ address: "10.1.0.5/24", gateway: "10.1.0.1" }],
  });
  assert.deepEqual(plan.bridge.gateways, []);
  assert.deepEqual(plan.bridge.forwards, []);
  assert.deepEqual(
    plan.masquerade.map(({ set, key, comment }) =>
      readable([set.name, key, comment])
    ),
    [
      ["sources4", ["10.1.0.5"], "cni net eth0 web"],
      ["neighbours4", ["10.1.0.5", "10.1.0.0/24"], "cni net eth0 web"],
    ],
  );
});

Deno.test("VLANs: of untagged frames, of a trunk, and a gateway in one", () => {
  const leased = { ips: [{ address: "10.1.0.5/24" }] };
  const fields = { isGateway: true, vlan: 100, vlanTrunk: [{ id: 7 }] };
  const { bridge, port, vlanGateway } = planOf(fields, leased);
  assert.equal(bridge.filtersVlans, true);
  assert.equal(bridge.mac, undefined); // it is not the gateway's
  assert.deepEqual(port.vlans, {
    untagged: 100,
    tagged: [[7, 7]],
    exclusive: true,
  });
  assert.equal(vlanGateway?.name, "cni0.100");
  assert.deepEqual(vlanGateway?.port.vlans, {
    untagged: 100,
    tagged: [],
    exclusive: true,
  });
  const trunk = { vlanTrunk: [{ id: 7 }], preserveDefaultVlan: true };
  assert.deepEqual(planOf(trunk).port.vlans, {
    untagged: 1,
    tagged: [[7, 7]],
    exclusive: false,
  });
});

Deno.test("dns of the configuration stands before IPAM's", () => {
  const leased = { dns: { nameservers: ["10.1.0.1"] } };
  assert.deepEqual(planOf({}, leased).dns, leased.dns);
  const dns = { search: ["example"] };
  assert.deepEqual(planOf({ dns }, leased).dns, dns);
});

Deno.test("settings of the container's interface", () => {
  const leased = { ips: [{ address: "fd00::5/64" }] };
  assert.deepEqual(settingsOf(planOf({}, leased).inside), [
    ["ipv6/conf/lo/disable_ipv6", "0"],
    ["ipv6/conf/eth0/disable_ipv6", "0"],
    ["ipv6/conf/eth0/keep_addr_on_down", "1"],
    ["ipv6/conf/eth0/accept_dad", "0"],
    ["ipv4/conf/eth0/arp_notify", "1"],
  ]);
  assert.deepEqual(settingsOf(planOf({ enabledad: true }).inside), [
    ["ipv6/conf/eth0/enhanced_dad", "1"],
    ["ipv6/conf/eth0/accept_dad", "1"],
    ["ipv4/conf/eth0/arp_notify", "1"],
  ]);
});

Deno.test("a plan's result is read back as it was written, in each version", () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  ).map(addressFromBytes);
  const prefix = fc.tuple(address, fc.integer({ min: 8, max: 30 }))
    .map(([address, length]) => ({ address, length }));
  const leased = fc.record({
    ips: fc.array(fc.record({ address: prefix }), { maxLength: 4 }),
    routes: fc.array(fc.record({ dst: prefix }), { maxLength: 4 }),
  });
  const config = parseConfig({
    cniVersion: "1.1.0",
    name: "net",
    isDefaultGateway: true,
    ipMasq: true,
  });
  fc.assert(
    fc.property(leased, fc.constantFrom(...CNI_VERSIONS), (some, version) => {
      const plan = planAttachment(config, WEB, { ...NOTHING, ...some });
      const result = resultOf(plan, [{ name: "cni0" }, { name: "veth0" }]);
      const written = formatResult(result, version);
      const read = parseResult(JSON.parse(JSON.stringify(written)), "it");
      assert.deepEqual(formatResult(read, version), written);
      assert.equal(plan.masquerade.length, 2 * some.ips.length);
    }),
    { numRuns: 300 },
  );
});

Deno.test("a note tells attachments apart, however long their names are", () => {
  const long = "x".repeat(300);
  const notes = ["a", "b", `${long}a`, `${long}b`].map((containerId) => {
    const config = parseConfig({ cniVersion: "1.1.0", name: long });
    return planAttachment(config, { containerId, ifname: "eth0" }, NOTHING)
      .port.note;
  });
  assert.equal(new Set(notes).size, 4);
  assert(notes.every((note) => note.length <= 127), notes.join("\n"));
});
