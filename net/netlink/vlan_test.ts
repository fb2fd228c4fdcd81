import assert from "node:assert/strict";
import { inNetns, newNetns } from "../netns.ts";
import { MalformedMessageError } from "./attribute.ts";
import { addBridge } from "./bridge.ts";
import { NetlinkError } from "./errors.ts";
import { addVeth, decodeLink, getLink } from "./link.ts";
import { encodeRequest } from "./message.ts";
import { NetlinkSocket } from "./socket.ts";
import { hex, kernelTest } from "./testing.ts";
import { addVlan, decodeVlans, deleteVlan, listVlans } from "./vlan.ts";

Deno.test("addVlan() is what `bridge vlan add` sends", () => {
  // bridge vlan add dev veth0 vid 5 pvid untagged
  assert.equal(
    encodeRequest(addVlan(11, { id: 5, pvid: true, untagged: true }), 7)
      .toHex(),
    hex(`
      2c000000 13000500 07000000 00000000 07000000 0b000000 00000000 00000000
      0c001a80 08000200 06000500
    `).toHex(),
  );
  // bridge vlan add dev rkl0 vid 5-9 self
  const range = { id: 5, last: 9, self: true };
  assert.equal(
    addVlan(10, range).body.subarray(16).toHex(),
    hex("1c001a80 06000000 02000000 08000200 08000500 08000200 10000900")
      .toHex(),
  );
  assert.deepEqual(deleteVlan(10, range).body, addVlan(10, range).body);
});

Deno.test("a VLAN has an id from 1 to 4094", () => {
  for (const id of [0, 4095, -1, NaN]) {
    assert.throws(() => addVlan(1, { id }), /1 to 4094 are allowed/);
  }
  assert.throws(() => addVlan(1, { id: 9, last: 5 }), /VLAN 9-5/);
});

Deno.test("decodeVlans() reads the VLANs of a port", () => {
  const decode = (vlans: string) => {
    const payload = hex(`07000000 0b000000 00000000 00000000 ${vlans}`);
    return decodeVlans({ type: 16, flags: 0, seq: 1, payload });
  };
  assert.deepEqual(decode("14001a00 08000200 06000500 08000200 00000600"), {
    index: 11,
    vlans: [
      { id: 5, pvid: true, untagged: true },
      { id: 6, pvid: false, untagged: false },
    ],
  });
  assert.deepEqual(decode(""), { index: 11, vlans: [] });
  assert.throws(() => decode("0a001a00 06000200 06000000"), (error) => {
    assert(error instanceof MalformedMessageError);
    assert.match(error.message, /a VLAN has 2 bytes where 4 are due/);
    return true;
  });
});

kernelTest("VLANs are filtered, or the kernel says that it cannot", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const [bridge, refusal] = socket.tryBatch([
    addBridge({ name: "rkl0", index: 10 }),
    addBridge({ name: "rkl1", index: 12 }, { vlanFiltering: true }),
    addVeth({ name: "p", master: 10, index: 11 }, { name: "q" }),
  ]);
  assert.deepEqual(bridge, []);
  if (refusal instanceof NetlinkError) {
    assert.equal(refusal.code, "EOPNOTSUPP");
    console.warn("the kernel has no CONFIG_BRIDGE_VLAN_FILTERING");
    return;
  }
  const [link] = socket.request(getLink("rkl1")).map(decodeLink);
  assert.equal(link!.bridge?.vlanFiltering, true);
  socket.batch([
    deleteVlan(11, { id: 1 }),
    addVlan(11, { id: 5, pvid: true, untagged: true }),
    addVlan(11, { id: 7 }),
    addVlan(10, { id: 5, last: 7, self: true }),
    deleteVlan(10, { id: 6, self: true }),
  ]);
  const found = socket.dump(listVlans()).map(decodeVlans);
  const vlansOf = (index: number) =>
    found.find((port) => port.index === index && port.vlans.length > 0)?.vlans;
  assert.deepEqual(vlansOf(11), [
    { id: 5, pvid: true, untagged: true },
    { id: 7, pvid: false, untagged: false },
  ]);
  assert.deepEqual(vlansOf(10), [
    { id: 1, pvid: true, untagged: true }, // a bridge's own, at first
    { id: 5, pvid: false, untagged: false },
    { id: 7, pvid: false, untagged: false },
  ]);
});
