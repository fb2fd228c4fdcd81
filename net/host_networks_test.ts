import assert from "node:assert/strict";
import { networksOfHost } from "./host_networks.ts";
import { addAddress } from "./netlink/address.ts";
import { addBridge } from "./netlink/bridge.ts";
import { addRoute } from "./netlink/route.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { kernelTest } from "./netlink/testing.ts";
import { inNetns, newNetns } from "./netns.ts";
import { formatPrefix, parsePrefix } from "./prefix.ts";
import { chooseSubnet } from "./subnet.ts";

kernelTest("a subnet is chosen beside the host's routes and addresses", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const pools = [{ base: parsePrefix("10.7.0.0/16"), length: 24 }];
  const choose = () =>
    formatPrefix(chooseSubnet(pools, networksOfHost(socket)));
  assert.equal(choose(), "10.7.0.0/24");

  socket.batch([
    addBridge({ name: "down", index: 10 }),
    addAddress(10, parsePrefix("10.7.0.1/24")),
    addBridge({ name: "up", index: 11, up: true }),
    addAddress(11, parsePrefix("10.7.1.1/24")),
    // A VPN: in a table of its own, as WireGuard's scripts do.
    addRoute({ to: parsePrefix("10.7.2.0/23"), index: 11, table: 51820 }),
    addRoute({ to: parsePrefix("0.0.0.0/1"), index: 11 }),
  ]);
  const networks = networksOfHost(socket).map(formatPrefix);
  for (const due of ["10.7.0.0/24", "10.7.1.0/24", "10.7.2.0/23"]) {
    assert(networks.includes(due), `${due} is missing in ${networks}`);
  }
  assert.equal(choose(), "10.7.4.0/24");
});
