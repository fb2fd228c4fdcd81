import assert from "node:assert/strict";
import { parseAddress } from "./address.ts";
import { portOf } from "./attach.ts";
import { addBridge } from "./netlink/bridge.ts";
import {
  addVeth,
  decodeLink,
  type Link,
  listLinks,
  setLink,
} from "./netlink/link.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { kernelTest } from "./netlink/testing.ts";
import { inNetns, newNetns } from "./netns.ts";
import { rulesOf } from "./network.ts";
import { plan } from "./network_testing.ts";
import type { PublishedPort } from "./nftables/description.ts";
import { readRuleset } from "./nftables/firewall.ts";
import { replaceRuleset } from "./nftables/install.ts";
import { findStray, type Known, sweepKernel } from "./sweep.ts";

const WEB = { ...plan({ name: "web" }), users: ["front"] };
const OTHER = "0123456789ab";

const KNOWN: Known = {
  networks: [WEB],
  isGone: ({ owner }) => owner === "mine/gone",
};

function link(index: number, name: string, rest: Partial<Link> = {}): Link {
  return {
    index,
    name,
    mtu: 1500,
    up: true,
    carrier: true,
    promiscuous: false,
    ...rest,
  };
}

function published(owner: string, hostPort: number): PublishedPort {
  return {
    owner,
    protocol: "tcp",
    hostPort,
    address: parseAddress("10.210.0.2"),
    port: 80,
  };
}

Deno.test("what is of other stores, and what lives, stays", () => {
  const front = portOf("front", WEB.id);
  const gone = portOf("gone", WEB.id);
  const links = [
    link(2, WEB.interface, {
      kind: "bridge",
      alias: "rkl network web " + WEB.id,
    }),
    link(3, front.name, { kind: "veth", master: 2, alias: front.note }),
    link(4, gone.name, { kind: "veth", master: 2, alias: gone.note }),
    link(5, "rkl-idle", { kind: "bridge", alias: `rkl network x ${OTHER}` }),
    link(6, "rkl-used", { kind: "bridge", alias: `rkl network y ${OTHER}` }),
    link(7, "veth7", {
      kind: "veth",
      master: 6,
      alias: portOf("a", OTHER).note,
    }),
    link(8, "br0", { kind: "bridge" }),
    link(9, "veth0123456789a", { kind: "veth", master: 2 }), // half made
    link(10, "veth-user", { kind: "veth", master: 2 }),
    link(11, "veth0123456789b", { kind: "veth", master: 8 }),
  ];
  const networks = [
    rulesOf(WEB),
    { bridge: "rkl-used", prefixes: [] },
    { bridge: "rkl-none", prefixes: [] },
  ];
  const ports = [
    published("mine/front", 80),
    published("mine/gone", 81),
    published("other/gone", 82),
  ];
  assert.deepEqual(findStray(KNOWN, { links, table: { networks, ports } }), {
    rules: ["rkl-none"],
    ports: [ports[1]],
    veths: [gone.name, "veth0123456789a"],
    strangers: [{ name: "rkl-idle", note: `rkl network x ${OTHER}` }],
  });
  assert.deepEqual(findStray(KNOWN, { links: [], table: undefined }), {
    rules: [],
    ports: [],
    veths: [],
    strangers: [],
  });
});

kernelTest("what nobody owns is removed from the kernel, and no more", () => {
  using netns = newNetns();
  inNetns(netns, () => {
    using route = new NetlinkSocket("ROUTE");
    using filter = new NetlinkSocket("NETFILTER");
    const [front, gone] = ["front", "gone"].map((who) => portOf(who, WEB.id));
    route.batch([
      addBridge({ name: WEB.interface, index: 10 }),
      setLink(10, { alias: `rkl network web ${WEB.id}` }),
      ...[front!, gone!].flatMap(({ name, note }, i) => [
        addVeth({ name, master: 10 }, { name: `peer${i}` }),
        setLink(name, { alias: note }),
      ]),
    ]);
    replaceRuleset(filter, {
      networks: [rulesOf(WEB), { bridge: "rkl-none", prefixes: [] }],
      ports: [published("mine/front", 80), published("mine/gone", 81)],
    });
    const stray = sweepKernel(() => KNOWN);
    assert.deepEqual(stray.veths, [gone!.name]);
    const names = route.dump(listLinks({ kind: "veth" })).map(decodeLink)
      .map(({ name }) => name).sort();
    assert.deepEqual(names, [front!.name, "peer0"].sort());
    const left = readRuleset(filter)!;
    assert.deepEqual(left.networks.map(({ bridge }) => bridge), [
      WEB.interface,
    ]);
    assert.deepEqual(left.ports.map(({ owner }) => owner), ["mine/front"]);
    const again = sweepKernel(() => KNOWN);
    assert.deepEqual([again.veths, again.rules, again.ports], [[], [], []]);
  });
});

kernelTest("the table goes when nothing in it is anybody's", () => {
  using netns = newNetns();
  inNetns(netns, () => {
    using filter = new NetlinkSocket("NETFILTER");
    replaceRuleset(filter, {
      networks: [{ bridge: "rkl-none", prefixes: [] }],
      ports: [published("mine/gone", 81)],
    });
    sweepKernel(() => KNOWN);
    assert.equal(readRuleset(filter), undefined);
  });
});
