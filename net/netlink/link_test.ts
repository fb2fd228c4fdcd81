import assert from "node:assert/strict";
import { inNetns, newNetns } from "../netns.ts";
import { addBridge } from "./bridge.ts";
import {
  addVeth,
  decodeLink,
  deleteLink,
  getLink,
  type Link,
  type LinkRef,
  listLinks,
  renameLink,
  setLink,
} from "./link.ts";
import { decodeMessages, encodeRequest } from "./message.ts";
import { NetlinkSocket } from "./socket.ts";
import { hex, kernelTest, LINK_PORT } from "./testing.ts";

Deno.test("addVeth() is what `ip link add` sends", () => {
  // ip link add index 11 name veth0 type veth peer index 2 name eth0
  const request = addVeth(
    { name: "veth0", index: 11 },
    { name: "eth0", index: 2 },
  );
  assert.equal(
    encodeRequest(request, 7).toHex(),
    hex(`
      60000000 10000506 07000000 00000000 00000000 0b000000 00000000 00000000
      0a000300 76657468 30000000
      34001280 09000100 76657468 00000000
               24000280 20000100 00000000 02000000 00000000 00000000
                        09000300 65746830 00000000
    `).toHex(),
  );
});

Deno.test("decodeLink() reads a port of a bridge", () => {
  const link = decodeLink(decodeMessages(LINK_PORT[0])[0]!);
  assert.deepEqual(link, {
    index: 11,
    name: "veth0",
    mtu: 1400,
    up: true,
    carrier: true,
    promiscuous: false,
    mac: "02:42:0a:58:00:03",
    master: 10,
    peer: 2,
    peerNetns: 0,
    kind: "veth",
    port: { hairpin: true, isolated: true },
  });
});

/** A link, or undefined when there is none. */
function look(socket: NetlinkSocket, link: LinkRef): Link | undefined {
  const outcome = socket.tryBatch([getLink(link)])[0]!;
  if (Array.isArray(outcome)) return outcome.map(decodeLink)[0];
  assert.equal((outcome as { code?: string }).code, "ENODEV");
  return undefined;
}

/** The links of a namespace as /proc/net/dev names them. */
function namesInProc(): string[] {
  const text = Deno.readTextFileSync("/proc/thread-self/net/dev");
  return [...text.matchAll(/^\s*(\S+):/gm)].map(([, name]) => name!).sort();
}

kernelTest("a veth pair is made with its peer in another namespace", () => {
  using here = newNetns();
  using there = newNetns();
  using ours = inNetns(here, () => new NetlinkSocket("ROUTE"));
  using theirs = inNetns(there, () => new NetlinkSocket("ROUTE"));
  ours.batch([
    addBridge({ name: "rkl0", index: 10, up: true }),
    addVeth(
      { name: "veth0", master: 10, mtu: 1400, up: true },
      {
        name: "eth0",
        index: 2,
        netns: there,
        mtu: 1400,
        mac: "02:42:0a:58:00:02",
      },
    ),
  ]);
  theirs.request(setLink(2, { up: true }));

  assert.deepEqual(inNetns(there, namesInProc), ["eth0", "lo"]);
  assert.deepEqual(inNetns(here, namesInProc), ["lo", "rkl0", "veth0"]);
  const [veth, eth] = [look(ours, "veth0")!, look(theirs, "eth0")!];
  assert.equal(veth.master, 10);
  assert.equal(veth.peer, 2);
  assert(veth.up && veth.carrier && eth.up && eth.carrier);
  assert.equal(eth.index, 2);
  assert.equal(eth.peer, veth.index);
  assert.equal(eth.mac, "02:42:0a:58:00:02");
  assert.deepEqual([veth.mtu, eth.mtu], [1400, 1400]);

  ours.request(deleteLink("veth0"));
  assert.equal(look(theirs, "eth0"), undefined);
});

kernelTest("a link is changed, renamed and moved", () => {
  using here = newNetns();
  using there = newNetns();
  using ours = inNetns(here, () => new NetlinkSocket("ROUTE"));
  using theirs = inNetns(there, () => new NetlinkSocket("ROUTE"));
  ours.batch([
    addVeth({ name: "a", index: 5 }, { name: "b", index: 6 }),
    addBridge({ name: "br", index: 7 }),
    setLink("a", { mtu: 1300, mac: "02:00:00:00:00:09", master: 7 }),
    setLink("a", { up: true, promiscuous: true, alias: "of web" }),
    setLink("b", { up: true }),
  ]);
  const before = look(ours, "a")!;
  assert.equal(before.mtu, 1300);
  assert.equal(before.mac, "02:00:00:00:00:09");
  assert.equal(before.master, 7);
  assert.equal(before.alias, "of web");
  assert(before.up && before.promiscuous);

  ours.batch([
    setLink("a", { up: false, promiscuous: false, master: 0 }),
    renameLink(5, "c"),
    setLink("b", { netns: there }),
  ]);
  assert.equal(look(ours, "a"), undefined);
  const after = look(ours, "c")!;
  assert.equal(after.index, 5);
  assert.equal(after.master, undefined);
  assert(!after.up && !after.promiscuous);
  assert.equal(look(ours, "b"), undefined);
  assert.equal(look(theirs, "b")?.peer, 5);
});

kernelTest("links are listed, all or those of a bridge or a kind", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const names = (only?: Parameters<typeof listLinks>[0]) =>
    socket.dump(listLinks(only)).map(decodeLink).map(({ name }) => name);
  assert.deepEqual(names(), ["lo"]);
  socket.batch([
    addBridge({ name: "br", index: 10 }),
    ...[0, 1].map((i) =>
      addVeth({ name: `port${i}`, master: 10 }, { name: `eth${i}` })
    ),
  ]);
  assert.equal(names().length, 6);
  assert.deepEqual(names({ master: 10 }).sort(), ["port0", "port1"]);
  assert.deepEqual(names({ kind: "bridge" }), ["br"]);
});

kernelTest("a list of hundreds of links takes many datagrams", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const bridges = Array.from({ length: 100 }, (_, i) => ({ name: `br${i}` }));
  socket.batch(bridges.map((link) => addBridge(link)));
  assert.equal(socket.dump(listLinks()).length, 101);
});

kernelTest(
  "what cannot be done to a link is said in the kernel's words",
  () => {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
    socket.request(addVeth({ name: "a" }, { name: "b" }));
    assert.throws(
      () => socket.request(setLink("a", { mtu: 20 })),
      /^NetlinkError: cannot change the link a: EINVAL .*; the kernel says "mtu less than device minimum"$/,
    );
    assert.throws(
      () => socket.request(addVeth({ name: "a" }, { name: "c" })),
      /cannot add the veth pair a and c: EEXIST/,
    );
    assert.throws(() => socket.request(deleteLink("x")), /link x: ENODEV/);
  },
);
