/**
 * What a specification says of the files that names are found with.
 *
 * @module
 */
import { formatAddress, parseAddress } from "../../net/address.ts";
import { parseDomainname } from "../../net/names/hostname.ts";
import { HOST_GATEWAY, parseHost } from "../../net/names/hosts.ts";
import {
  parseResolverOption,
  parseSearchDomain,
} from "../../net/names/resolver.ts";
import { complain } from "../../sys/problem.ts";
import {
  jsonSchema,
  list,
  optional,
  type Output,
  type Schema,
  strictObject,
  withDefault,
} from "../../sys/schema.ts";
import { parsed, text } from "../specification/values.ts";
import type { NetworkMode } from "./mode.ts";

/** A text that a parser of net/ reads, and refuses with its own words. */
function word(expected: string, read: (text: string) => string) {
  return parsed(expected, (value) => read(String(value)), () => true);
}

const address = (text: string) => formatAddress(parseAddress(text));

/** One entry of `hostAliases`, as Kubernetes has it, or for `host-gateway`. */
export const HostAlias = strictObject({
  ip: word(
    `an IP address, or ${HOST_GATEWAY}`,
    (text) => text === HOST_GATEWAY ? text : address(text),
  ),
  hostnames: list(word("a host name", parseHost), "host names"),
});

/** Names for an address, or for the host's on the container's network. */
export type HostAlias = Output<typeof HostAlias>;

const NameAndValue = strictObject({ name: text, value: optional(text) });

/** `{name: ndots, value: "2"}`, as `ndots:2`. */
const option: Schema<string, { name: string; value?: string | undefined }> = {
  expected: "{name, value}",
  json: () => jsonSchema(NameAndValue),
  read(entry, at, problems) {
    const before = problems.length;
    const { name, value } = NameAndValue.read(entry, at, problems) ?? {};
    if (problems.length > before) return "";
    const text = value === undefined ? name : `${name}:${value}`;
    try {
      return parseResolverOption(text);
    } catch (error) {
      return complain((error as Error).message, at, problems) as never;
    }
  },
};

/** `dnsConfig`: what is given replaces what the host has. */
export const DnsConfig = strictObject({
  nameservers: withDefault(
    list(word("an IP address", address), "IP addresses"),
    [],
  ),
  /** A lone `.` is none. */
  searches: withDefault(
    list(word("a domain", parseSearchDomain), "domains"),
    [],
  ),
  options: withDefault(list(option, "{name, value}"), []),
});

/** What a container's resolver is told instead of what the host's is. */
export type DnsConfig = Output<typeof DnsConfig>;

/** The domain of the host name. */
export const domainname = word("a domain name", parseDomainname);

/** Fields that mean nothing where the names are those of others. */
export interface NamesSaid {
  readonly hostname?: string | undefined;
  readonly domainname?: string | undefined;
  readonly hostAliases: readonly HostAlias[];
  readonly dnsConfig: DnsConfig;
  readonly network?: NetworkMode | undefined;
  readonly uts?: string | undefined;
}

/** What cannot be said since the host, or another container, says it. */
export function* namesOfOthers(
  { network, uts, hostname, domainname, hostAliases, dnsConfig }: NamesSaid,
): Iterable<readonly [PropertyKey[], string]> {
  const own = [
    [["hostname"], hostname !== undefined],
    [["domainname"], domainname !== undefined],
  ] as const;
  const all = [
    ...own,
    [["hostAliases"], hostAliases.length > 0],
    ...Object.entries(dnsConfig).map(([field, given]) =>
      [["dnsConfig", field], given.length > 0] as const
    ),
  ] as const;
  const [fields, owner] = network?.kind === "container"
    ? [all, `network: container:${network.name}`]
    : [uts === "host" ? own : [], "uts: host"];
  for (const [path, isSaid] of fields) {
    if (isSaid) yield [[...path], `cannot be set with ${owner}`];
  }
}
