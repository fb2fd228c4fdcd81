import assert from "node:assert/strict";
import { needs } from "../tests/facts.ts";
import { isGuarded } from "./firewall.ts";
import { guard } from "./guard.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { inNetns, newNetns } from "./netns.ts";
import { plan } from "./network_testing.ts";
import { removeRuleset } from "./nftables/firewall.ts";
import { isIntact } from "./nftables/watch.ts";

const FRONT = plan({ name: "front" });

Deno.test({
  name: "a look tells a network that the table lacks; guard() sees rules, too",
  ...needs("root", "tool:nft"),
  fn() {
    using netns = newNetns();
    inNetns(netns, () => {
      using socket = new NetlinkSocket("NETFILTER");
      assert.equal(isGuarded([FRONT]), false);
      guard([FRONT]);
      assert.equal(isGuarded([FRONT]), true);
      assert.equal(isGuarded([{ ...FRONT, interface: "other" }]), false);
      assert.equal(isGuarded([{ ...FRONT, internal: true }]), false);
      const args = ["flush", "table", "inet", "rkl"];
      assert.ok(new Deno.Command("nft", { args }).outputSync().success);
      assert.deepEqual([isGuarded([FRONT]), isIntact(socket)], [true, false]);
      guard([FRONT]);
      assert.equal(isIntact(socket), true);
      removeRuleset(socket);
      assert.equal(isGuarded([FRONT]), false);
    });
  },
});
