/**
 * The flags of `rkl container run` and `create` about networks and names, and
 * what they come to.
 *
 * @module
 */
import type { Attachment } from "../../container/network/attachment.ts";
import { isName, NAME_RULE } from "../../container/name.ts";
import {
  DEFAULT_MODE,
  type NetworkMode,
} from "../../container/network/mode.ts";
import type { Specification } from "../../container/specification/specification.ts";
import type { SpecificationFields } from "../../container/specification/fields.ts";
import { type Family, formatAddress, parseAddress } from "../../net/address.ts";
import { formatMac, parseMac } from "../../net/mac.ts";
import {
  formatAddedHost,
  HOST_GATEWAY,
  parseAddedHost,
} from "../../net/names/hosts.ts";
import { type FlagTable, type FlagValues, given } from "../flags.ts";
import { UsageError } from "../usage.ts";
import { text } from "../values.ts";
import { networkWish } from "./network_flag.ts";

/** What a container has on a network: the flags that say it. */
export const ADDRESS_FLAGS = {
  ip: { type: addressFlag(4), value: "IP", help: "Its IPv4 address there" },
  ip6: { type: addressFlag(6), value: "IP", help: "Its IPv6 address there" },
  macAddress: {
    type: macFlag,
    value: "MAC",
    help: "Its Ethernet address there",
  },
} as const satisfies FlagTable;

/** The table of them. */
export const NETWORK_FLAGS = {
  network: {
    type: [networkWish],
    value: "MODE",
    help: "A network; none, host, container:NAME or ns:PATH",
  },
  net: { type: [networkWish], value: "MODE", help: "The same" },
  ...ADDRESS_FLAGS,
  mac: { type: macFlag, value: "MAC", help: "The same" },
  networkAlias: {
    type: [aliasFlag],
    value: "NAME",
    help: "A name of it on its networks, besides its own",
  },
  netAlias: { type: [aliasFlag], value: "NAME", help: "The same" },
  addHost: {
    type: [(text: string) => formatAddedHost(parseAddedHost(text))],
    value: "NAME:IP",
    help: `Add a line to its /etc/hosts; IP may be ${HOST_GATEWAY}`,
  },
  dns: { type: [text], value: "IP", help: "A name server, not the host's" },
  dnsSearch: {
    type: [text],
    value: "DOMAIN",
    help: "Where it looks for short names; . is nowhere",
  },
  dnsOption: {
    type: [text],
    value: "OPTION",
    help: "An option of its resolver, such as ndots:2",
  },
  dnsOpt: { type: [text], value: "OPTION", help: "The same" },
  hostname: {
    type: text,
    alias: "h",
    value: "NAME",
    help: "Host name inside",
  },
  domainname: { type: text, value: "NAME", help: "Domain of its host name" },
} as const satisfies FlagTable;

/** What they are worth. */
export type NetworkFlags = FlagValues<typeof NETWORK_FLAGS>;

/** The type of a flag for an address of one IP version. */
function addressFlag(family: Family): (text: string) => string {
  return (text) => {
    const address = parseAddress(text);
    if (address.family === family) return formatAddress(address);
    throw new Error(`must be an IPv${family} address`);
  };
}

/** The type of a flag for a name on a network. */
export function aliasFlag(text: string): string {
  if (isName(text)) return text;
  throw new Error(`must be ${NAME_RULE}`);
}

/** The type of a flag for an Ethernet address. */
function macFlag(text: string): string {
  return formatMac(parseMac(text));
}

/** The fields of a specification that they make by themselves. */
export function networkFields(
  flags: NetworkFlags,
): Partial<SpecificationFields> {
  const { hostname, domainname } = flags;
  const network = [...flags.network, ...flags.net];
  return {
    ...given({ hostname, domainname }),
    ...(network.length > 0 && { network }),
    hostAliases: flags.addHost.map((text) => {
      const at = text.indexOf(":");
      const ip = text.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
      return { ip, hostnames: [text.slice(0, at)] };
    }),
    dnsConfig: {
      nameservers: flags.dns,
      searches: flags.dnsSearch,
      options: [...flags.dnsOption, ...flags.dnsOpt].map((text) => {
        const [name = "", ...value] = text.split(":");
        return { name, ...(value.length > 0 && { value: value.join(":") }) };
      }),
    },
  };
}

/**
 * A specification with what the flags say of the container on its networks,
 * which a file may have named.
 *
 * @param usual The network where neither does.
 * @throws {UsageError} when there is not the one network they speak of
 */
export function withPlace(
  specification: Specification,
  flags: NetworkFlags,
  usual: NetworkMode = DEFAULT_MODE,
): Specification {
  const { ip, ip6, macAddress = flags.mac } = flags;
  const networkAlias = [...flags.networkAlias, ...flags.netAlias];
  const place = given({ ip, ip6, mac: macAddress });
  const [flag] = flagsOf(place, networkAlias);
  if (flag === undefined) return specification;
  if (specification.network === undefined && (ip ?? ip6) !== undefined) {
    throw new UsageError(
      `${flag} is for a network that is named, whose subnets are known: add ` +
        "--network NAME",
    );
  }
  const { network = usual } = specification;
  if (network.kind !== "networks") {
    throw new UsageError(
      `${flag} is for a container on a network, and this one has --network ` +
        `${network.kind}; add --network NAME`,
    );
  }
  const { networks } = network;
  if (networks.length > 1 && Object.keys(place).length > 0) {
    throw new UsageError(
      `${flag} is for one network, and the container is on ` +
        `${networks.length}; say it of one: --network ${networks[0]!.name}:` +
        `${Object.entries(place)[0]!.join("=")}`,
    );
  }
  return {
    ...specification,
    network: {
      kind: "networks",
      networks: networks.map((attachment) =>
        placed(attachment, place, networkAlias)
      ),
    },
  };
}

type PlaceFlags = Pick<Attachment, "ip" | "ip6" | "mac">;

/** The flags that were given, as they are written. */
function flagsOf(place: PlaceFlags, aliases: readonly string[]): string[] {
  const flags = { ip: "--ip", ip6: "--ip6", mac: "--mac-address" } as const;
  return [
    ...Object.keys(place).map((key) => flags[key as keyof PlaceFlags]),
    ...(aliases.length > 0 ? ["--network-alias"] : []),
  ];
}

function placed(
  attachment: Attachment,
  place: PlaceFlags,
  aliases: readonly string[],
): Attachment {
  for (const [key, value] of Object.entries(place)) {
    const other = attachment[key as keyof PlaceFlags];
    if (other === undefined || other === value) continue;
    throw new UsageError(
      `${flagsOf({ [key]: value }, [])[0]} ${value}: network ` +
        `"${attachment.name}" is to have ${other}; say one of them`,
    );
  }
  return {
    ...attachment,
    ...place,
    aliases: [...new Set([...attachment.aliases, ...aliases])],
  };
}
