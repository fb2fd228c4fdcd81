/**
 * `macspoofchk`: frames that come in by a container's port have the Ethernet
 * address of the container, or are dropped. rkl's table `bridge rkl_cni` holds
 * the ports and the one address of each.
 *
 * @module
 */
import type { OwnedElement, OwnedTable } from "../../nftables/owned_table.ts";
import type { SetType } from "../../nftables/set.ts";

const NAME = "rkl_cni";

const PORTS: SetType = { table: NAME, name: "ports", key: ["ifname"] };
const ADDRESSES: SetType = {
  table: NAME,
  name: "addresses",
  key: ["ifname", "ether_addr"],
};

/** The table. */
export const MAC_GUARD: OwnedTable = {
  family: "bridge",
  name: NAME,
  version: "rkl cni 1",
  sets: [PORTS, ADDRESSES],
  chains: [{
    name: "prerouting",
    base: {
      type: "filter",
      hook: "prerouting",
      priority: -300, // before what rewrites frames
      policy: "accept",
    },
    rules: [[
      "a container has one Ethernet address",
      { in: PORTS.name, key: ["iifname"] },
      { in: ADDRESSES.name, key: ["iifname", "ether saddr"], not: true },
      { do: "counter" },
      { do: "drop" },
    ]],
  }],
};

/** What the table holds of a port. */
export function guardElements(
  port: string,
  mac: string,
  owner: string,
): OwnedElement[] {
  return [
    { set: PORTS, key: [port], comment: owner },
    { set: ADDRESSES, key: [port, mac], comment: owner },
  ];
}
