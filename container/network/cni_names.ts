/**
 * What plugins of CNI say of a container's names: its addresses, and whom to
 * ask.
 *
 * @module
 */
import { type Address, parseAddress, tryParse } from "../../net/address.ts";
import type { CniResult } from "../../net/cni/result.ts";
import type { NamesSite } from "./names.ts";

/** What the container's names have of a network of CNI. */
export function namesSiteOf(result: CniResult): NamesSite {
  const { nameservers = [], domain, search = [], options = [] } = result.dns;
  const searched = domain === undefined || search.length > 0
    ? search
    : [domain];
  return {
    addresses: addressesOf(result),
    hosts: result.ips.flatMap(({ gateway }) => gateway ?? []),
    resolver: {
      nameservers: nameservers.flatMap((text) =>
        tryParse(parseAddress, text) ?? []
      ),
      searches: searched,
      options,
    },
  };
}

/** The addresses of a container by what ADD has returned. */
export function addressesOf({ ips, interfaces }: CniResult): Address[] {
  return ips.filter((ip) => {
    const link = ip.interface === undefined
      ? undefined
      : interfaces[ip.interface];
    // One without a sandbox is the host's; the loopback's is known.
    return link === undefined || (link.sandbox && link.name !== "lo");
  }).map(({ address }) => address.address);
}
