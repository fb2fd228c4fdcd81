import assert from "node:assert/strict";
import { inNetns, newNetns } from "../netns.ts";
import { parsePrefix } from "../prefix.ts";
import { addAddress, decodeAddress } from "./address.ts";
import { addBridge } from "./bridge.ts";
import { decodeLink, deleteLink, setLink } from "./link.ts";
import { RTM } from "./rtm.ts";
import { NetlinkSocket } from "./socket.ts";
import { RTNLGRP, Subscription } from "./subscription.ts";
import { kernelTest } from "./testing.ts";

kernelTest(
  "a subscription hears of links that come, change and go",
  async () => {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
    using subscription = inNetns(
      netns,
      () => new Subscription("ROUTE", [RTNLGRP.LINK, RTNLGRP.IPV4_IFADDR]),
    );
    const waiting = subscription.next();
    socket.request(addBridge({ name: "rkl0", index: 10 }));
    const first = (await waiting)!;
    assert.equal(first.lost, false);
    assert.equal(decodeLink(first.messages[0]!).name, "rkl0");

    socket.batch([
      addAddress(10, parsePrefix("10.88.0.1/16")),
      deleteLink("rkl0"),
    ]);
    const { messages } = (await subscription.next())!;
    const address = messages.find(({ type }) => type === RTM.NEWADDR)!;
    assert.equal(decodeAddress(address).index, 10);
    const gone = messages.find(({ type }) => type === RTM.DELLINK)!;
    assert.equal(decodeLink(gone).index, 10);
  },
);

kernelTest("a subscription says when it has missed something", async () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  using subscription = inNetns(
    netns,
    () => new Subscription("ROUTE", [RTNLGRP.LINK]),
  );
  const toggles = Array.from(
    { length: 6000 },
    (_, i) => setLink("lo", { mtu: 1280 + i % 2 }),
  );
  socket.batch(toggles);
  const news = (await subscription.next())!;
  assert(news.lost);
  assert(news.messages.length < toggles.length);
  // What comes after that is told again.
  socket.request(setLink("lo", { mtu: 2000 }));
  const { messages, lost } = (await subscription.next())!;
  assert.deepEqual(messages.map(decodeLink).map(({ mtu }) => mtu), [2000]);
  assert(!lost);
});

kernelTest("closing a subscription ends the wait for news", async () => {
  using netns = newNetns();
  const subscription = inNetns(
    netns,
    () => new Subscription("ROUTE", [RTNLGRP.LINK]),
  );
  const waiting = subscription.next();
  subscription[Symbol.dispose]();
  assert.equal(await waiting, undefined);
  assert.equal(await subscription.next(), undefined);
});
