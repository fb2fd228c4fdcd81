import assert from "node:assert/strict";
import { randomId } from "../id.ts";
import { formatAddress } from "../../net/address.ts";
import type { Network } from "../../net/network.ts";
import { parsePrefix } from "../../net/prefix.ts";
import { listLeases } from "../../net/ipam.ts";
import { createNetwork, removeNetwork } from "../../net/network_making.ts";
import { networkDirectory } from "../../net/network_store.ts";
import { NoSuchNetworkError } from "../../net/network_error.ts";
import { kernelTest } from "../../net/netlink/testing.ts";
import { inNetns, newNetns } from "../../net/netns.ts";
import {
  gatewaysOfSites,
  leaveNetworks,
  namesSites,
  type Site,
  takeSite,
  waysOut,
} from "./site.ts";

/** A container on a network of these subnets, as the second host of each. */
function site(
  name: string,
  subnets: readonly (readonly [subnet: string, gateway: string, own: string])[],
  internal = false,
): Site {
  const network: Network = {
    name,
    id: name,
    driver: "bridge",
    interface: `rkl-${name}`,
    subnets: subnets.map(([subnet, gateway]) => ({ subnet, gateway })),
    internal,
    isolate: false,
    masquerade: true,
    labels: {},
    options: {},
    created: "2026-01-01T00:00:00Z",
  };
  return {
    network,
    attachment: { name, interface: "eth0", aliases: [] },
    addresses: subnets.map(([, , own]) => parsePrefix(own)),
  };
}

const FRONT = site("front", [["10.1.0.0/24", "10.1.0.1", "10.1.0.2/24"]]);
const BACK = site("back", [
  ["10.2.0.0/24", "10.2.0.1", "10.2.0.2/24"],
  ["fd02::/64", "fd02::1", "fd02::2/64"],
]);
const DARK = site("dark", [
  ["10.3.0.0/24", "10.3.0.1", "10.3.0.2/24"],
  ["fd03::/64", "fd03::1", "fd03::2/64"],
], true);

/** The default gateways on each network. */
function gateways(...sites: Site[]): string[][] {
  return [...gatewaysOfSites(sites).values()]
    .map((addresses) => addresses.map(formatAddress));
}

Deno.test("in each IP version the first network that leads out does", () => {
  assert.deepEqual(gateways(FRONT, BACK), [["10.1.0.1"], ["fd02::1"]]);
  assert.deepEqual(gateways(BACK, FRONT), [["10.2.0.1", "fd02::1"], []]);
  assert.deepEqual(gateways(DARK, FRONT), [[], ["10.1.0.1"]]);
  assert.deepEqual(gateways(DARK), [[]]);
  assert.deepEqual(gateways(), []);
});

Deno.test("of two subnets of one IP version that of the address leads out", () => {
  const two = site("two", [
    ["10.4.0.0/24", "10.4.0.1", "10.5.0.7/24"],
    ["10.5.0.0/24", "10.5.0.1", "10.5.0.7/24"],
  ]);
  assert.deepEqual(gateways(two), [["10.5.0.1"]]);
  assert.deepEqual(namesSites([two])[0]!.hosts.map(formatAddress), [
    "10.5.0.1",
  ]);
});

Deno.test("ways out are the addresses behind default routes", () => {
  const ways = waysOut([DARK, FRONT, BACK]).map(({ bridge, address }) =>
    `${bridge} ${formatAddress(address)}`
  );
  assert.deepEqual(ways, ["rkl-front 10.1.0.2", "rkl-back fd02::2"]);
});

Deno.test("names have the container's and the host's addresses, internal or not", () => {
  assert.deepEqual(
    namesSites([DARK]).map(({ addresses, hosts }) => ({
      addresses: addresses.map(formatAddress),
      hosts: hosts.map(formatAddress),
    })),
    [{ addresses: ["10.3.0.2", "fd03::2"], hosts: ["10.3.0.1", "fd03::1"] }],
  );
});

kernelTest("an address is taken of the network that was found, or none", () => {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-test-" });
  const store = { root: `${directory}/root`, dataRoot: directory };
  using netns = newNetns();
  try {
    inNetns(netns, () => {
      const { attachment } = FRONT;
      const id = randomId();
      const found = createNetwork(store, { name: "front" });
      const take = () => takeSite(store, id, found, attachment);
      assert.equal(take().addresses.length, 1);
      leaveNetworks(store, id, [attachment]);
      removeNetwork(store, "front");
      assert.throws(take, NoSuchNetworkError);
      createNetwork(store, { name: "front" });
      assert.throws(take, NoSuchNetworkError);
      assert.deepEqual(listLeases(networkDirectory(store, "front")), []);
    });
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
