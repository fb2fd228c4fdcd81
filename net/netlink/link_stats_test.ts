import assert from "node:assert/strict";
import { inNetns, newNetns } from "../netns.ts";
import { addVeth, decodeLink, listLinks, setLink } from "./link.ts";
import { decodeLinkStats, listLinkStats } from "./link_stats.ts";
import { decodeMessages, encodeRequest } from "./message.ts";
import { NetlinkSocket } from "./socket.ts";
import { hex, kernelTest } from "./testing.ts";
import { eventually } from "../../tests/rkl.ts";

Deno.test("listLinkStats() asks for nothing but 64-bit counters", () => {
  assert.equal(
    encodeRequest(listLinkStats(), 7).toHex(),
    // struct nlmsghdr, struct if_stats_msg
    hex("1c000000 5e000100 07000000 00000000 00000000 00000000 01000000")
      .toHex(),
  );
});

Deno.test("a message that lacks its counters is refused", () => {
  const header = "1c000000 5c000000 07000000 00000000";
  const message = hex(`${header} 00000000 05000000 01000000`);
  assert.throws(
    () => decodeLinkStats(decodeMessages(message)[0]!),
    /a link's statistics has 0 bytes of counters/,
  );
});

kernelTest(
  "what a pair of links has passed is counted at both ends",
  async () => {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
    socket.batch([
      addVeth({ name: "a" }, { name: "b" }),
      setLink("b", { up: true }),
      setLink("a", { up: true }),
    ]);
    const links = socket.dump(listLinks()).map(decodeLink);
    const look = () => socket.dump(listLinkStats()).map(decodeLinkStats);
    const stats = look();
    assert.deepEqual(
      stats.map(({ index }) => index).sort(),
      links.map(({ index }) => index).sort(),
    );
    const of = (name: string, stats = look()) => {
      const { index } = links.find((link) => link.name === name)!;
      return stats.find((each) => each.index === index)!;
    };
    // Neighbour discovery begins by itself, in its own time.
    await eventually("something passed", () => of("b").received > 0);
    socket.request(setLink("a", { up: false }));
    const after = look();
    assert.equal(of("lo", after).received, 0);
    assert.equal(of("a", after).sent, of("b", after).received);
  },
);
