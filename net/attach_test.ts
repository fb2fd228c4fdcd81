import assert from "node:assert/strict";
import type { Fd } from "../sys/fd.ts";
import { parseAddress } from "./address.ts";
import {
  attach,
  detach,
  type Endpoint,
  isAttached,
  portOf,
  routeOut,
} from "./attach.ts";
import { inNetns, newNetns } from "./netns.ts";
import { addAddress, decodeAddress, listAddresses } from "./netlink/address.ts";
import { addBridge } from "./netlink/bridge.ts";
import {
  addVeth,
  decodeLink,
  getLink,
  listLinks,
  setLink,
} from "./netlink/link.ts";
import { decodeRoute, listRoutes, RTN } from "./netlink/route.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { kernelTest } from "./netlink/testing.ts";
import { formatPrefix, parsePrefix } from "./prefix.ts";
import { kernelSysctls } from "./sysctl.ts";

const ENDPOINT: Endpoint = {
  bridge: 7,
  port: portOf("web", "front"),
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

kernelTest("a container takes none of its neighbours for a router", () => {
  using at = host();
  const accepts = "ipv6/conf/eth0/accept_ra";
  inNetns(at.container, () => {
    kernelSysctls.write("ipv6/conf/default/accept_ra", "1");
  });
  inNetns(at.host, () => attach(at.container, [ENDPOINT]));
  inNetns(at.container, () => {
    assert.equal(kernelSysctls.read(accepts), "0");
  });
});

kernelTest("attach() gives the container an interface on the bridge", () => {
  using at = host();
  inNetns(at.host, () => attach(at.container, [ENDPOINT]));
  inNetns(at.host, () => {
    using socket = new NetlinkSocket("ROUTE");
    const port = decodeLink(socket.request(getLink(ENDPOINT.port.name))[0]!);
    assert.deepEqual(
      [port.master, port.up, port.mtu, port.port, port.alias],
      [
        7,
        true,
        1400,
        { hairpin: true, isolated: false },
        "rkl container web network front",
      ],
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

kernelTest("a port is set as its network wants it", () => {
  using at = host();
  inNetns(at.host, () => {
    const settings = { hairpin: false, isolated: true };
    attach(at.container, [{ ...ENDPOINT, ...settings }]);
    using socket = new NetlinkSocket("ROUTE");
    const { port } = decodeLink(
      socket.request(getLink(ENDPOINT.port.name))[0]!,
    );
    assert.deepEqual(port, settings);
  });
});

kernelTest("attach() makes anew what a killed one left half made", () => {
  using at = host();
  inNetns(at.host, () => {
    using socket = new NetlinkSocket("ROUTE");
    socket.request(
      addVeth({ name: ENDPOINT.port.name }, {
        name: "eth0",
        netns: at.container,
      }),
    );
    attach(at.container, [ENDPOINT]);
    const links = socket.dump(listLinks()).map(decodeLink);
    const ports = links.filter(({ kind }) => kind === "veth");
    assert.deepEqual(ports.map(({ name }) => name), [ENDPOINT.port.name]);
  });
});

/** A second network, behind the first. */
const BACK: Endpoint = {
  ...ENDPOINT,
  port: portOf("web", "back"),
  name: "eth1",
  addresses: [parsePrefix("10.1.3.3/24")],
  gateways: [parseAddress("10.1.3.1")],
  mac: "02:42:00:00:00:07",
};

/** The container's default routes: the interface and the version of each. */
function waysOut(container: Fd): string[] {
  return inNetns(container, () => {
    using socket = new NetlinkSocket("ROUTE");
    const links = new Map(
      socket.dump(listLinks()).map(decodeLink).map((it) => [it.index, it.name]),
    );
    return socket.dump(listRoutes()).map(decodeRoute)
      .filter(({ to, type }) => to.length === 0 && type === RTN.UNICAST)
      .map(({ to, hops }) =>
        `${links.get(hops[0]!.index!)} ${to.address.family}`
      )
      .sort();
  });
}

kernelTest(
  "a default route stays; when its connection goes, the next leads out",
  () => {
    using at = host();
    inNetns(at.host, () => {
      attach(at.container, [ENDPOINT]);
      attach(at.container, [BACK]);
      assert.deepEqual(waysOut(at.container), ["eth0 4", "eth0 6"]);
      assert(isAttached(at.container, ENDPOINT));
      assert.equal(detach(ENDPOINT.port), true);
      assert(!isAttached(at.container, ENDPOINT));
      assert.deepEqual(waysOut(at.container), []);
      routeOut(at.container, [ENDPOINT, BACK]);
      assert.deepEqual(waysOut(at.container), ["eth1 4"]);
      assert.equal(detach(ENDPOINT.port), false);
      attach(at.container, [ENDPOINT]);
      assert.deepEqual(waysOut(at.container), ["eth0 6", "eth1 4"]);
    });
    inNetns(at.container, () => {
      using socket = new NetlinkSocket("ROUTE");
      const eth1 = decodeLink(socket.request(getLink("eth1"))[0]!);
      assert.equal(eth1.mac, BACK.mac);
    });
  },
);

kernelTest(
  "what is half made is not attached, and is made anew or taken away",
  () => {
    using at = host();
    const { port, name } = ENDPOINT;
    const pair = addVeth({ name: port.name, master: 7 }, {
      name,
      netns: at.container,
    });
    const stages = [
      [pair],
      [pair, setLink(port.name, { alias: port.note, up: true })],
    ];
    inNetns(at.host, () => {
      using socket = new NetlinkSocket("ROUTE");
      for (const half of stages) {
        socket.batch(half);
        assert(!isAttached(at.container, ENDPOINT));
        assert.equal(detach(port), true);
        socket.batch(half);
        attach(at.container, [ENDPOINT]);
        assert(isAttached(at.container, ENDPOINT));
        assert.equal(detach(port), true);
        assert.equal(detach(port), false);
      }
    });
  },
);

kernelTest("attach() spares another container's port of the same name", () => {
  using at = host();
  using other = newNetns();
  const note = portOf("other", "front").note;
  inNetns(at.host, () => {
    const another = { ...ENDPOINT, port: { ...ENDPOINT.port, note } };
    attach(other, [another]);
    assert.throws(() => attach(at.container, [ENDPOINT]), {
      name: "PortTakenError",
      message:
        /^cannot make veth\w+ for rkl container web .* for rkl container other/,
    });
    assert.equal(detach(ENDPOINT.port), false);
    assert(isAttached(other, another));
  });
});

kernelTest(
  "attach() tells of an interface that the container has already",
  () => {
    using at = host();
    inNetns(at.container, () => {
      using socket = new NetlinkSocket("ROUTE");
      socket.request(addBridge({ name: "eth0" }, {}));
    });
    inNetns(at.host, () => {
      assert.throws(() => attach(at.container, [ENDPOINT]), {
        name: "NetlinkError",
        code: "EEXIST",
      });
    });
  },
);

Deno.test("a port's name fits an interface, and is of one container on one network", () => {
  const ports = [portOf("a", "bc"), portOf("ab", "c"), portOf("a", "b")];
  assert.equal(new Set(ports.map(({ name }) => name)).size, 3);
  for (const { name } of ports) assert.match(name, /^veth[0-9a-f]{11}$/);
});

Deno.test("10,000 ports have as many names", () => {
  const names = Array.from(
    { length: 10_000 },
    (_, n) => portOf(`web-${n % 1000}`, `network ${Math.floor(n / 1000)}`).name,
  );
  assert.equal(new Set(names).size, 10_000);
});
