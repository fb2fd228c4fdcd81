import assert from "node:assert/strict";
import { NetlinkSocket } from "../../netlink/socket.ts";
import { kernelTest } from "../../netlink/testing.ts";
import { inNetns, newNetns } from "../../netns.ts";
import {
  dropElements,
  hasElements,
  putElements,
} from "../../nftables/owned_table.ts";
import { decodeTable, listTables } from "../../nftables/table.ts";
import { parsePrefix } from "../../prefix.ts";
import { guardElements, MAC_GUARD } from "./mac_guard.ts";
import { MASQUERADE, masqueradeElements } from "./masquerade.ts";

function tablesOf(socket: NetlinkSocket) {
  return socket.dump(listTables()).map(decodeTable)
    .map(({ family, name }) => `${family} ${name}`);
}

kernelTest("tables come with the first element and go with the last", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
  const addresses = ["10.1.0.5/24", "fd00::5/64"].map(parsePrefix);
  const mine = masqueradeElements(addresses, "mine");
  const port = guardElements("veth0", "02:00:00:00:00:01", "mine");
  const other = masqueradeElements([parsePrefix("10.1.0.6/24")], "other");

  putElements(socket, MASQUERADE, mine);
  putElements(socket, MASQUERADE, other);
  putElements(socket, MAC_GUARD, port);
  assert.deepEqual(tablesOf(socket), ["inet rkl_cni", "bridge rkl_cni"]);
  assert(hasElements(socket, MASQUERADE, [...mine, ...other]));
  assert(hasElements(socket, MAC_GUARD, port));

  dropElements(socket, MASQUERADE, (owner) => owner === "mine");
  assert(hasElements(socket, MASQUERADE, other));
  assert(!hasElements(socket, MASQUERADE, mine.slice(0, 1)));
  dropElements(socket, MASQUERADE, (owner) => owner === "nobody");
  dropElements(socket, MASQUERADE, (owner) => owner === "other");
  dropElements(socket, MASQUERADE, (owner) => owner === "other");
  assert.deepEqual(tablesOf(socket), ["bridge rkl_cni"]);
  dropElements(socket, MAC_GUARD, (owner) => owner === "mine");
  assert.deepEqual(tablesOf(socket), []);
});

kernelTest("an address that comes back belongs to the one it came to", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
  const [old, now, wider] = [
    masqueradeElements([parsePrefix("10.1.0.5/24")], "old"),
    masqueradeElements([parsePrefix("10.1.0.5/24")], "now"),
    masqueradeElements([parsePrefix("10.1.0.5/16")], "wider"),
  ];
  putElements(socket, MASQUERADE, old!);
  putElements(socket, MASQUERADE, now!);
  dropElements(socket, MASQUERADE, (owner) => owner === "old");
  assert(hasElements(socket, MASQUERADE, now!));
  putElements(socket, MASQUERADE, wider!);
  assert(hasElements(socket, MASQUERADE, wider!));
  dropElements(socket, MASQUERADE, (owner) => owner === "wider");
  assert.deepEqual(tablesOf(socket), []);
});

kernelTest(
  "a table of another version is made anew, with what it holds",
  () => {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
    const old = { ...MASQUERADE, version: "rkl cni 0", chains: [] };
    const mine = masqueradeElements([parsePrefix("10.1.0.5/24")], "mine");
    const other = masqueradeElements([parsePrefix("10.1.0.6/24")], "other");
    putElements(socket, old, mine);
    putElements(socket, MASQUERADE, other);
    assert(hasElements(socket, MASQUERADE, [...mine, ...other]));
    const [table] = socket.dump(listTables()).map(decodeTable);
    assert.equal(table?.comment, "rkl cni 1");
  },
);
