/**
 * The names of a container on networks of CNI: its addresses there, and whom to
 * ask, are known once its plugins have run, and so after its files are mounted.
 *
 * @module
 */
import {
  type Address,
  InvalidAddressError,
  parseAddress,
} from "../net/address.ts";
import type { CniResult } from "../net/cni/result.ts";
import { namesFiles } from "../net/names/files.ts";
import type { Store } from "../runtime/store.ts";
import type { Place } from "./network.ts";
import { type Container, containerDirectory } from "./store.ts";

/**
 * Writes /etc/hosts and /etc/resolv.conf anew, with what ADD has returned. They
 * are written where they are: the container has them mounted.
 */
export function rewriteNames(
  store: Store,
  { name, config }: Container,
  { endpoints, gateways }: Place,
  results: readonly CniResult[],
): void {
  const addresses = [
    ...endpoints.flatMap(({ addresses }) =>
      addresses.map(({ address }) => address)
    ),
    ...results.flatMap(addressesOf),
  ];
  const dns = results.map(({ dns }) => dns);
  const { hosts, resolvConf } = namesFiles({
    hostname: config.hostname ?? name,
    ...(config.domainname !== undefined && { domainname: config.domainname }),
    addresses,
    gateways: [
      ...gateways.map(({ address }) => address),
      ...results.flatMap(({ ips }) =>
        ips.flatMap(({ gateway }) => gateway ?? [])
      ),
    ],
    addHosts: [],
    dns: dns.flatMap(({ nameservers = [] }) => nameservers.flatMap(tryAddress)),
    dnsSearch: dns.flatMap(({ search = [], domain }) =>
      search.length > 0 ? search : domain ?? []
    ),
    dnsOptions: dns.flatMap(({ options = [] }) => options),
    hostNetwork: false,
    ipv6: addresses.some(({ family }) => family === 6),
  });
  const directory = containerDirectory(store, name);
  Deno.writeTextFileSync(`${directory}/hosts`, hosts);
  Deno.writeTextFileSync(`${directory}/resolvConf`, resolvConf);
}

/** The addresses of a container by what ADD has returned. */
export function addressesOf({ ips, interfaces }: CniResult): Address[] {
  return ips.filter((ip) => {
    const link = ip.interface === undefined
      ? undefined
      : interfaces[ip.interface];
    // One without a sandbox is the host's; the loopback's is in the file.
    return link === undefined || (link.sandbox && link.name !== "lo");
  }).map(({ address }) => address.address);
}

/** What a plugin says of name servers is passed over where it is no address. */
function tryAddress(text: string): Address[] {
  try {
    return [parseAddress(text)];
  } catch (error) {
    if (error instanceof InvalidAddressError) return [];
    throw error;
  }
}
