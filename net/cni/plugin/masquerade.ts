/**
 * `ipMasq`: what containers send out of their network has an address of the
 * host. rkl's table `inet rkl_cni` holds, for each address of a container, the
 * network it does not leave; a packet costs the same with one container as
 * with thousands.
 *
 * @module
 */
import { parsePrefix } from "../../prefix.ts";
import { networkOf, type Prefix } from "../../prefix.ts";
import type { Datatype } from "../../nftables/datatype.ts";
import type {
  OwnedChain,
  OwnedElement,
  OwnedTable,
} from "../../nftables/owned_table.ts";
import type { SetType } from "../../nftables/set.ts";

const NAME = "rkl_cni";

/** Addresses of containers, and these with the addresses of their neighbours. */
const SETS = {
  4: setsOf("ipv4_addr", 4),
  6: setsOf("ipv6_addr", 6),
} as const;

/** What is looked at, per IP version; and who listens to many. */
const FIELDS = {
  4: {
    from: "ip saddr",
    to: "ip daddr",
    multicast: parsePrefix("224.0.0.0/4"),
  },
  6: { from: "ip6 saddr", to: "ip6 daddr", multicast: parsePrefix("ff00::/8") },
} as const;

/** The table. */
export const MASQUERADE: OwnedTable = {
  family: "inet",
  name: NAME,
  version: "rkl cni 1",
  sets: [...Object.values(SETS[4]), ...Object.values(SETS[6])],
  chains: [{
    name: "postrouting",
    base: {
      type: "nat",
      hook: "postrouting",
      priority: 100, // nft's srcnat
      policy: "accept",
    },
    rules: ([4, 6] as const).map((family): OwnedChain["rules"][number] => {
      const { from, to, multicast } = FIELDS[family];
      const { sources, neighbours } = SETS[family];
      return [
        "others do not know the addresses of a network",
        { in: sources.name, key: [from] },
        { in: neighbours.name, key: [from, to], not: true },
        { is: to, value: multicast, not: true },
        { do: "masquerade" },
      ];
    }),
  }],
};

/** What the table holds of a container's addresses. */
export function masqueradeElements(
  addresses: readonly Prefix[],
  owner: string,
): OwnedElement[] {
  return addresses.flatMap((prefix) => {
    const { address } = prefix;
    const { sources, neighbours } = SETS[address.family];
    return [
      { set: sources, key: [address], comment: owner },
      { set: neighbours, key: [address, networkOf(prefix)], comment: owner },
    ];
  });
}

function setsOf(type: Datatype, family: 4 | 6) {
  const sources: SetType = {
    table: NAME,
    name: `sources${family}`,
    key: [type],
  };
  const neighbours: SetType = {
    table: NAME,
    name: `neighbours${family}`,
    key: [type, type],
    interval: true,
  };
  return { sources, neighbours };
}
