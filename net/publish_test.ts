import assert from "node:assert/strict";
import { needs } from "../tests/facts.ts";
import { formatAddress, parseAddress } from "./address.ts";
import { UntoldFlowsError } from "./forget_flows.ts";
import { guard, restore } from "./guard.ts";
import { addBridge } from "./netlink/bridge.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { inNetns, newNetns } from "./netns.ts";
import type { PublishedPort } from "./nftables/description.ts";
import { removeRuleset } from "./nftables/firewall.ts";
import { publishPorts, readPublished, withdrawPorts } from "./publish.ts";

const root = needs("root");

function port(owner: string, host: string, address: string): PublishedPort {
  return {
    owner,
    protocol: "tcp",
    hostAddress: parseAddress(host),
    hostPort: 8080,
    address: parseAddress(address),
    port: 80,
  };
}

/** Does something where there is a bridge and nothing is published. */
function withBridge(action: (filter: NetlinkSocket) => void): void {
  using netns = newNetns();
  inNetns(netns, () => {
    using route = new NetlinkSocket("ROUTE");
    route.request(addBridge({ name: "rkl0", index: 10 }));
    guard([]);
    using filter = new NetlinkSocket("NETFILTER");
    action(filter);
  });
}

/** Whose ports lead where. */
function published() {
  return readPublished().map(({ owner, hostAddress, address }) => [
    owner,
    hostAddress && formatAddress(hostAddress),
    formatAddress(address),
  ]).sort();
}

Deno.test({
  name: "a port is published where others have just removed the table",
  ...root,
  fn() {
    withBridge((filter) => {
      removeRuleset(filter);
      publishPorts("rkl0", [port("web", "127.0.0.1", "10.9.0.2")]);
      assert.deepEqual(published(), [["web", "127.0.0.1", "10.9.0.2"]]);
    });
  },
});

Deno.test({
  name: "what the dead left of a port yields, and what others have of it stays",
  ...root,
  fn() {
    withBridge(() => {
      publishPorts("rkl0", [
        port("near", "127.0.0.1", "10.9.0.2"),
        port("dead", "127.0.0.2", "10.9.0.3"),
      ]);
      publishPorts("rkl0", [port("web", "127.0.0.2", "10.9.0.4")]);
      assert.deepEqual(published(), [
        ["near", "127.0.0.1", "10.9.0.2"],
        ["web", "127.0.0.2", "10.9.0.4"],
      ]);
    });
  },
});

Deno.test({
  name: "where flows cannot be forgotten no datagrams are led to containers",
  ...root,
  fn() {
    withBridge(() => {
      const web = port("web", "127.0.0.1", "10.9.0.2");
      const dns = { ...web, protocol: "udp" } as const;
      const untold = () => {
        throw new UntoldFlowsError("list the flows");
      };
      assert.throws(
        () => publishPorts("rkl0", [web, dns], undefined, untold),
        UntoldFlowsError,
      );
      assert.deepEqual(published(), []);
      publishPorts("rkl0", [web, dns]);
      withdrawPorts([web, dns], untold);
      assert.deepEqual(published(), []);
    });
  },
});

Deno.test({
  name: "12,000 ports are published, looked after and withdrawn",
  ...root,
  fn() {
    withBridge(() => {
      const all = Array.from({ length: 12_000 }, (_, at): PublishedPort => ({
        ...port("phone", "192.0.2.1", "10.9.0.2"),
        protocol: "udp",
        hostPort: 20_000 + at,
        port: 20_000 + at,
      }));
      publishPorts("rkl0", all);
      assert.equal(readPublished().length, all.length);
      assert.equal(restore(() => ({ networks: [], ports: all })), false);
      withdrawPorts(all);
      assert.deepEqual(published(), []);
    });
  },
});
