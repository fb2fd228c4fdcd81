import assert from "node:assert/strict";
import { needs } from "../../tests/facts.ts";
import { formatAddress, parseAddress } from "../address.ts";
import { addVeth } from "../netlink/link.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { inNetns, newNetns } from "../netns.ts";
import { guardPorts, sweepGuards } from "../spoof_guard.ts";
import { formatElement } from "./element.ts";
import { guardElements, linkLocalOf } from "./spoof_table.ts";

const MAC = "02:42:0a:01:02:03";
const ADDRESSES = ["10.1.2.3", "fd00::3"].map(parseAddress);

/** Elements in nft's words, behind their sets. */
function elementsOf(port: Parameters<typeof guardElements>[0]): string[] {
  return guardElements(port).flatMap(({ set, elements }) =>
    elements.map((element) => `${set.name}: ${formatElement(set, element)}`)
  );
}

Deno.test("a port has its Ethernet address, and its IP addresses if they count", () => {
  assert.deepEqual(elementsOf({ index: 7, mac: MAC }), [
    "ports: 7",
    `macs: 7 . ${MAC}`,
  ]);
  assert.deepEqual(elementsOf({ index: 7, mac: MAC, addresses: ADDRESSES }), [
    "ports: 7",
    `macs: 7 . ${MAC}`,
    "strict: 7",
    "sources4: 7 . 10.1.2.3",
    "sources6: 7 . fd00::3",
    "sources6: 7 . fe80::42:aff:fe01:203",
  ]);
});

Deno.test("an interface has an address on its link that its Ethernet address makes", () => {
  // RFC 4291, appendix A
  assert.equal(
    formatAddress(linkLocalOf("34:56:78:9a:bc:de")),
    "fe80::3656:78ff:fe9a:bcde",
  );
});

Deno.test({
  name: "nft reads the table as it is meant",
  ...needs("root", "tool:nft"),
  fn() {
    using netns = newNetns();
    inNetns(netns, () => {
      using route = new NetlinkSocket("ROUTE");
      route.request(addVeth({ name: "p0", index: 7 }, { name: "p1" }));
      guardPorts(route, [{ index: 7, mac: MAC, addresses: ADDRESSES }]);
      const list = (...words: string[]) => {
        const args = ["-s", "list", ...words, "bridge", "rkl"];
        const { stdout } = new Deno.Command("nft", { args }).outputSync();
        return new TextDecoder().decode(stdout);
      };
      const rules = list("table").split("\n")
        .filter((line) => line.includes("comment") && line.includes("@"))
        .map((line) => line.trim().replace(/ (counter|comment) .*/, ""));
      const target = /icmpv6 taddr|@th,64,128/g;
      assert.deepEqual(rules.map((rule) => rule.replace(target, "TARGET")), [
        "iif != @ports return",
        "iif . ether saddr != @macs",
        "iif . arp saddr ether != @macs",
        "iif != @strict return",
        "iif . ip saddr != @sources4",
        "iif . arp saddr ip != @sources4",
        "icmpv6 type nd-neighbor-advert iif . TARGET != @sources6",
        "ip6 saddr :: icmpv6 type nd-neighbor-solicit iif . TARGET @sources6 return",
        "iif . ip6 saddr != @sources6",
      ]);
      sweepGuards(route);
      assert.match(list("table"), /"p0" \. 02:42:0a:01:02:03/);
    });
  },
});
