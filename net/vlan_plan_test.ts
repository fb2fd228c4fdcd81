import assert from "node:assert/strict";
import type { Network } from "./network.ts";
import type { NetworkWishes } from "./network_plan.ts";
import { plan } from "./network_testing.ts";

const NAME = "com.docker.network.bridge.name";

/** What is planned beside other networks. */
function beside(networks: readonly Network[], wishes: NetworkWishes): Network {
  return plan(wishes, { networks });
}

Deno.test("a network with a VLAN has an interface on a bridge of its own", () => {
  const { interface: link, vlan } = plan({ vlan: 4094 });
  assert.equal(link, "rkl-a0a1a2.4094");
  assert.deepEqual(vlan, {
    bridge: "rkl-a0a1a2",
    host: 4094,
    access: 4094,
    preserveDefault: false,
  });
  assert.deepEqual(plan({ options: { vlan: "4094" } }).vlan, vlan);
});

Deno.test("a trunk keeps the default VLAN, where the gateway is", () => {
  const options = { [NAME]: "lan", "vlan-trunk": "100,200-300" };
  const { interface: link, vlan } = plan({ options });
  assert.equal(link, "lan.1");
  assert.deepEqual(vlan, {
    bridge: "lan",
    host: 1,
    trunk: [[100, 100], [200, 300]],
    preserveDefault: true,
  });
  const without = { ...options, "preserve-default-vlan": "false" };
  assert.equal(plan({ options: without }).vlan?.preserveDefault, false);
});

Deno.test("networks share a bridge if their VLANs differ", () => {
  const options = { [NAME]: "lan" };
  const networks = [plan({ name: "red", vlan: 100, options })];
  const blue = beside(networks, { name: "blue", vlan: 200, options });
  assert.equal(blue.interface, "lan.200");
  assert.throws(() => beside(networks, { vlan: 100, options }), {
    message: 'cannot have VLAN 100 on lan: network "red" has it',
  });
  assert.throws(() => beside(networks, { options }), {
    message: 'cannot use the interface lan: network "red" has it',
  });
  const whole = [plan({ name: "all", options })];
  assert.throws(() => beside(whole, { vlan: 100, options }), {
    message: 'cannot have VLANs on lan: network "all" has it as a whole',
  });
});

Deno.test("what cannot be of VLANs is refused, and why", () => {
  const refused = (wishes: NetworkWishes, message: RegExp) =>
    assert.throws(() => plan(wishes), { message });
  refused(
    { vlan: 100, options: { "vlan-trunk": "5" } },
    /^a network has either vlan, .* it cannot have both$/,
  );
  refused({ vlan: 100, options: { vlan: "5" } }, /VLAN is given twice: as 100/);
  refused(
    { vlan: 100, options: { [NAME]: "a-longer-name" } },
    /would be a-longer-name\.100, .* a bridge's name of up to 11$/,
  );
  refused(
    { options: { "vlan-trunk": "5", "ip-spoof-check": "true" } },
    /^ip-spoof-check cannot go with vlan-trunk: .*; take mac-spoof-check$/,
  );
  refused({ vlan: 1, options: { [NAME]: "a/b" } }, /no interface name/);
  refused(
    { options: { "preserve-default-vlan": "true" } },
    /says nothing without vlan or vlan-trunk$/,
  );
});
