import assert from "node:assert/strict";
import { needs } from "../../tests/facts.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { NFNLGRP, Subscription } from "../netlink/subscription.ts";
import { inNetns, newNetns } from "../netns.ts";
import { removeRuleset } from "./firewall.ts";
import { applyPlan, replaceRuleset } from "./install.ts";
import { transaction } from "./message.ts";
import { decodeRule, deleteRule, listRules } from "./rule.ts";
import { TABLE } from "./contents.ts";
import { deleteTable } from "./table.ts";
import { concernsRuleset, isIntact } from "./watch.ts";

const EMPTY = { networks: [], ports: [] };

Deno.test({
  name: "a table that others removed, or took a rule from, is not whole",
  ...needs("root"),
  fn() {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
    assert.equal(isIntact(socket), false);
    replaceRuleset(socket, EMPTY);
    assert.equal(isIntact(socket), true);
    const rule = socket.dump(listRules(TABLE)).map(decodeRule)[5]!;
    socket.batch(transaction([deleteRule(rule)]));
    assert.equal(isIntact(socket), false);
    replaceRuleset(socket, EMPTY);
    removeRuleset(socket);
    applyPlan(socket, [{ add: "table", table: { name: TABLE } }]);
    assert.equal(isIntact(socket), false);
    const old = { name: TABLE, comment: "rkl 0" };
    removeRuleset(socket);
    applyPlan(socket, [{ add: "table", table: old }]);
    assert.equal(isIntact(socket), false);
  },
});

Deno.test({
  name: "the kernel tells when others remove the table",
  ...needs("root"),
  async fn() {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
    replaceRuleset(socket, EMPTY);
    using subscription = inNetns(
      netns,
      () => new Subscription("NETFILTER", [NFNLGRP.NFTABLES]),
    );
    const other = { name: "other" };
    applyPlan(socket, [{ add: "table", table: other }]);
    const unrelated = await subscription.next();
    assert.deepEqual(unrelated?.messages.filter(concernsRuleset), []);
    socket.batch(transaction([deleteTable(TABLE)]));
    const news = await subscription.next();
    assert(news!.messages.some(concernsRuleset));
  },
});
