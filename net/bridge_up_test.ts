import assert from "node:assert/strict";
import { lowerBridge, raiseBridge } from "./bridge_up.ts";
import { decodeAddress, listAddresses } from "./netlink/address.ts";
import { addBridge } from "./netlink/bridge.ts";
import { NetlinkError } from "./netlink/errors.ts";
import type { Outcome } from "./netlink/exchange.ts";
import { decodeLink, getLink, listLinks, setLink } from "./netlink/link.ts";
import type { Message, Request } from "./netlink/message.ts";
import { addRoute } from "./netlink/route.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { kernelTest } from "./netlink/testing.ts";
import { inNetns, newNetns } from "./netns.ts";
import { InterfaceTakenError } from "./network_error.ts";
import { plan } from "./network_testing.ts";
import { formatPrefix, parsePrefix } from "./prefix.ts";
import { kernelSysctls, type Sysctls } from "./sysctl.ts";
import { SyscallError } from "../sys/errors.ts";

/** A socket that counts, and can be made to refuse. */
class Observed extends NetlinkSocket {
  trips = 0;
  /** The errno by which requests are refused, unless they ask what is there. */
  refusal: number | undefined;
  /** Which of them are, by what they are for. */
  refused = /./;

  override tryBatch(requests: readonly Request[]): Outcome[] {
    this.trips++;
    const { refusal, refused } = this;
    if (refusal === undefined) return super.tryBatch(requests);
    return requests.flatMap((request) => {
      const { what } = request;
      if (!refused.test(what)) return super.tryBatch([request]);
      const errno = what.startsWith("look") ? 19 : refusal; // ENODEV
      return [new NetlinkError(request, { errno })];
    });
  }

  override dump(request: Request): Message[] {
    this.trips++;
    return super.dump(request);
  }
}

/** Runs an action in a namespace of its own. */
function alone(action: (socket: Observed) => void): () => void {
  return () => {
    using netns = newNetns();
    inNetns(netns, () => {
      using socket = new Observed("ROUTE");
      action(socket);
    });
  };
}

const setting = (name: string) =>
  Deno.readTextFileSync(`/proc/sys/net/${name}`).trim();

function look(socket: NetlinkSocket, name: string) {
  return decodeLink(socket.request(getLink(name))[0]!);
}

function addressesOf(socket: NetlinkSocket, index: number): string[] {
  return socket.dump(listAddresses({ index })).map(decodeAddress)
    .map(({ prefix }) => formatPrefix(prefix))
    .filter((text) => !text.startsWith("fe80:"))
    .sort();
}

kernelTest(
  "a bridge is brought up with its addresses",
  alone((socket) => {
    const network = plan({ name: "web", ipv6: true, mtu: 1400 });
    const { index, notices } = raiseBridge(socket, network);
    assert.ok(socket.trips <= 8, `${socket.trips} round trips`);
    const link = look(socket, "rkl-a0a1a2a3");
    assert.equal(link.index, index);
    assert.equal(link.kind, "bridge");
    assert.deepEqual([link.up, link.mtu, link.mac, link.alias], [
      true,
      1400,
      "02:42:0a:d2:00:01",
      "rkl network web a0a1a2a3a4a5",
    ]);
    assert.deepEqual(addressesOf(socket, index), [
      "10.210.0.1/24",
      "fda0:a1a2:a3a4::1/64",
    ]);
    assert.equal(setting("ipv6/conf/rkl-a0a1a2a3/accept_ra"), "0");
    assert.deepEqual(notices, []);

    socket.trips = 0;
    assert.deepEqual(raiseBridge(socket, network), { index, notices: [] });
    assert.equal(socket.trips, 1);
  }),
);

kernelTest(
  "a bridge without IPv6 has none of it",
  alone((socket) => {
    const { index } = raiseBridge(socket, plan());
    assert.deepEqual(addressesOf(socket, index), ["10.210.0.1/24"]);
    assert.equal(setting("ipv6/conf/rkl-a0a1a2a3/disable_ipv6"), "1");
  }),
);

kernelTest(
  "what was cut short is made whole",
  alone((socket) => {
    const network = plan({ ipv6: true });
    const { interface: name } = network;
    socket.request(addBridge({ name, mac: "02:42:0a:d2:00:01" }));
    const { index } = raiseBridge(socket, network);
    const whole = ["10.210.0.1/24", "fda0:a1a2:a3a4::1/64"];
    assert.deepEqual(addressesOf(socket, index), whole);
    // Down, which takes IPv6 addresses away.
    socket.request(setLink(index, { up: false }));
    assert.deepEqual(raiseBridge(socket, network).index, index);
    assert.deepEqual(addressesOf(socket, index), whole);
    assert.ok(look(socket, name).up);
  }),
);

kernelTest(
  "an interface of somebody else is neither used nor removed",
  alone((socket) => {
    const network = plan({ name: "web" });
    const { interface: name } = network;
    socket.request(addBridge({ name }));
    const taken = (message: RegExp) =>
      assert.throws(() => raiseBridge(socket, network), (error: Error) => {
        assert(error instanceof InterfaceTakenError);
        assert.match(error.message, message);
        return true;
      });
    taken(/^cannot bring up rkl-a0a1a2a3, the bridge of network "web": there /);
    socket.request(setLink(name, { alias: "rkl network web ffff" }));
    taken(/is a bridge of that name \("rkl network web ffff"\) which is not/);
    assert.equal(lowerBridge(socket, network), false);
    look(socket, name);
  }),
);

kernelTest(
  "a bridge is removed, whole or not, and only once",
  alone((socket) => {
    const network = plan();
    raiseBridge(socket, network);
    assert.equal(lowerBridge(socket, network), true);
    assert.equal(lowerBridge(socket, network), false);
    const [name, mac] = [network.interface, "02:42:0a:d2:00:01"];
    socket.request(addBridge({ name, mac }));
    assert.equal(lowerBridge(socket, network), true);
    const links = socket.dump(listLinks()).map(decodeLink);
    assert.ok(!links.some(({ kind }) => kind === "bridge"));
  }),
);

kernelTest(
  "where settings are not to be changed, those that are right will do",
  alone((socket) => {
    const sysctls: Sysctls = {
      ...kernelSysctls,
      write: (name) => {
        const EROFS = 30;
        throw new SyscallError("openat", `/proc/sys/net/${name}`, EROFS);
      },
    };
    const network = plan({ name: "web" });
    assert.throws(() => raiseBridge(socket, network, sysctls), {
      name: "BridgeError",
      message:
        'cannot bring up rkl-a0a1a2a3, the bridge of network "web": it needs ' +
        "net.ipv6.conf.rkl-a0a1a2a3.accept_ra=0, which cannot be changed " +
        "here; set net.ipv6.conf.default.accept_ra=0 on the host before",
    });
    lowerBridge(socket, network);
    kernelSysctls.write("ipv6/conf/default/accept_ra", "0");
    kernelSysctls.write("ipv6/conf/default/disable_ipv6", "1");
    const { index } = raiseBridge(socket, network, sysctls);
    assert.deepEqual(addressesOf(socket, index), ["10.210.0.1/24"]);
  }),
);

kernelTest(
  "a route that came later and overlaps is told of",
  alone((socket) => {
    socket.batch([
      addBridge({ name: "vpn", index: 10, up: true }),
      addRoute({ to: parsePrefix("10.0.0.0/8"), index: 10 }),
    ]);
    const [notice] = raiseBridge(socket, plan({ name: "web" })).notices;
    assert.match(
      notice!,
      /^network "web" \(10\.210\.0\.0\/24\) overlaps 10\.0\.0\.0\/8, where /,
    );
  }),
);

kernelTest(
  "what stands in the way is named, with what works without",
  alone((socket) => {
    const [EPERM, EOPNOTSUPP] = [1, 95];
    socket.refusal = EOPNOTSUPP;
    assert.throws(
      () => raiseBridge(socket, plan()),
      /: the kernel has no veth pairs \(CONFIG_VETH\); --network host and /,
    );
    socket.refused = /bridge/;
    assert.throws(
      () => raiseBridge(socket, plan()),
      /: the kernel has no bridges \(CONFIG_BRIDGE\); --network host and /,
    );
    socket.refusal = EPERM;
    socket.refused = /./;
    assert.throws(
      () => raiseBridge(socket, plan()),
      /: it takes CAP_NET_ADMIN in this network namespace, which root has; /,
    );
    assert.deepEqual(socket.dump(listLinks({ kind: "bridge" })), []);
  }),
);

kernelTest("processes that bring up a bridge at once all succeed", async () => {
  using netns = newNetns();
  const place = `/proc/${Deno.pid}/fd/${netns.number}`;
  const module = (name: string) => new URL(name, import.meta.url).href;
  const network = plan({ ipv6: true });
  const script = `
    import { raiseBridge } from "${module("bridge_up.ts")}";
    import { NetlinkSocket } from "${module("netlink/socket.ts")}";
    import { inNetns } from "${module("netns.ts")}";
    const { index } = inNetns(${JSON.stringify(place)}, () =>
      raiseBridge(new NetlinkSocket("ROUTE"), ${JSON.stringify(network)}));
    console.log(index);
  `;
  const results = await Promise.all(
    Array.from({ length: 8 }, () =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-lock", script],
      }).output()),
  );
  const decoder = new TextDecoder();
  const errors = results.map(({ stderr }) => decoder.decode(stderr));
  assert.deepEqual(errors.join(""), "");
  const indexes = results.map(({ stdout }) => decoder.decode(stdout));
  assert.equal(new Set(indexes).size, 1);
});
