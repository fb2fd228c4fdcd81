import assert from "node:assert/strict";
import { inNetns, newNetns } from "../netns.ts";
import { addBridge, setBridge, setPort } from "./bridge.ts";
import { addVeth, decodeLink, getLink, type LinkRef } from "./link.ts";
import { encodeRequest } from "./message.ts";
import { NetlinkSocket } from "./socket.ts";
import { hex, kernelTest } from "./testing.ts";

Deno.test("addBridge() is what `ip link add` sends", () => {
  // ip link add name rkl0 mtu 1400 address … type bridge stp_state 0
  const request = addBridge({
    name: "rkl0",
    mtu: 1400,
    mac: "02:42:0a:58:00:01",
  });
  assert.equal(
    encodeRequest(request, 7).toHex(),
    hex(`
      5c000000 10000506 07000000 00000000 00000000 00000000 00000000 00000000
      09000300 726b6c30 00000000
      08000400 78050000
      0a000100 02420a58 00010000
      1c001280 0b000100 62726964 67650000
               0c000280 08000500 00000000
    `).toHex(),
  );
});

Deno.test("setPort() tells the flags of a port, `ip … type bridge_slave`", () => {
  const { body } = setPort(11, { hairpin: true, isolated: false });
  assert.equal(
    body.subarray(16).toHex(),
    hex(`
      24001280 0b000400 62726964 67650000
               14000580 05000400 01000000 05002100 00000000
    `).toHex(),
  );
});

function look(socket: NetlinkSocket, link: LinkRef) {
  return decodeLink(socket.request(getLink(link))[0]!);
}

kernelTest("a bridge is made, and keeps its MAC with ports that come", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const mac = "fe:42:0a:58:00:01"; // not the least, which a bridge would take
  socket.batch([
    addBridge({ name: "rkl0", index: 10, mac, mtu: 1400, up: true }),
    addVeth({ name: "p", master: 10, mac: "02:00:00:00:00:01" }, { name: "q" }),
  ]);
  const bridge = look(socket, "rkl0");
  assert.equal(bridge.index, 10);
  assert.equal(bridge.kind, "bridge");
  assert.equal(bridge.mac, mac);
  assert.equal(bridge.up, true);
  assert.deepEqual(bridge.bridge, {
    stp: false,
    vlanFiltering: false,
    multicastSnooping: true,
  });
});

kernelTest("a bridge and its ports are changed", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  socket.batch([
    addBridge({ name: "rkl0", index: 10 }, { multicastSnooping: false }),
    addVeth({ name: "p", master: 10 }, { name: "q" }),
  ]);
  assert.equal(look(socket, "rkl0").bridge?.multicastSnooping, false);
  assert.deepEqual(look(socket, "p").port, { hairpin: false, isolated: false });
  socket.batch([
    setBridge("rkl0", { multicastSnooping: true, stp: true }),
    setPort("p", { hairpin: true }),
    setPort(look(socket, "p").index, { isolated: true }),
  ]);
  const { bridge } = look(socket, 10);
  assert(bridge?.multicastSnooping && bridge.stp);
  assert.deepEqual(look(socket, "p").port, { hairpin: true, isolated: true });
  socket.request(setPort("p", { hairpin: false, isolated: false }));
  assert.deepEqual(look(socket, "p").port, { hairpin: false, isolated: false });
});
