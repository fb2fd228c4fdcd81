import assert from "node:assert/strict";
import { parseAddress } from "./address.ts";
import { attach, type Endpoint, portName } from "./attach.ts";
import { inNetns, newNetns } from "./netns.ts";
import { addAddress, decodeAddress, listAddresses } from "./netlink/address.ts";
import { addBridge } from "./netlink/bridge.ts";
import { addVeth, decodeLink, getLink, listLinks } from "./netlink/link.ts";
import { decodeRoute, listRoutes } from "./netlink/route.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { kernelTest } from "./netlink/testing.ts";
import { formatPrefix, parsePrefix } from "./prefix.ts";

const ENDPOINT: Endpoint = {
  bridge: 7,
  port: portName("web", "front"),
  name: "eth0",
  addresses: [parsePrefix("10.1.2.3/24"), parsePrefix("fd00::3/64")],
  gateways: [parseAddress("10.1.2.1"), parseAddress("fd00::1")],
  mtu: 1400,
};

/** A host with a bridge, and a container's namespace. */
function host() {
  const host = newNetns(), container = newNetns();
  inNetns(host, () => {
    using socket = new NetlinkSocket("ROUTE");
    socket.batch([addBridge({ name: "br0", index: 7, up: true }, {})]);
    socket.batch([addAddress(7, parsePrefix("10.1.2.1/24"))]);
  });
  return {
    host,
    container,
    [Symbol.dispose]() {
      host[Symbol.dispose]();
      container[Symbol.dispose]();
    },
  };
}

kernelTest("attach() gives the container an interface on the bridge", () => {
  using at = host();
  inNetns(at.host, () => attach(at.container, [ENDPOINT]));
  inNetns(at.host, () => {
    using socket = new NetlinkSocket("ROUTE");
    const port = decodeLink(socket.request(getLink(ENDPOINT.port))[0]!);
    assert.deepEqual(
      [port.master, port.up, port.mtu, port.port],
      [7, true, 1400, { hairpin: true, isolated: false }],
    );
  });
  inNetns(at.container, () => {
    using socket = new NetlinkSocket("ROUTE");
    const eth0 = decodeLink(socket.request(getLink("eth0"))[0]!);
    assert.deepEqual(
      [eth0.carrier, eth0.mtu, eth0.mac],
      [true, 1400, "02:42:0a:01:02:03"],
    );
    const addresses = socket.dump(listAddresses({ index: eth0.index }))
      .map((message) => formatPrefix(decodeAddress(message).prefix));
    assert(addresses.includes("10.1.2.3/24"), addresses.join());
    assert(addresses.includes("fd00::3/64"), addresses.join());
    const defaults = socket.dump(listRoutes({ family: 4 }))
      .map(decodeRoute).filter(({ to }) => to.length === 0);
    assert.equal(defaults.length, 1);
  });
});

kernelTest("attach() makes anew what a killed one left half made", () => {
  using at = host();
  inNetns(at.host, () => {
    using socket = new NetlinkSocket("ROUTE");
    socket.request(
      addVeth({ name: ENDPOINT.port }, { name: "eth0", netns: at.container }),
    );
    attach(at.container, [ENDPOINT]);
    const links = socket.dump(listLinks()).map(decodeLink);
    const ports = links.filter(({ kind }) => kind === "veth");
    assert.deepEqual(ports.map(({ name }) => name), [ENDPOINT.port]);
  });
});

Deno.test("a port's name fits an interface, and is of one container on one network", () => {
  const names = [portName("a", "bc"), portName("ab", "c"), portName("a", "b")];
  assert.equal(new Set(names).size, 3);
  for (const name of names) assert.match(name, /^veth[0-9a-f]{8}$/);
});
