/**
 * From what is asked of a new network, and what there is already, to the
 * network. Touches nothing.
 *
 * @module
 */
import { type Address, type Family, formatAddress } from "./address.ts";
import { chooseInterface, vlanInterface } from "./interface_plan.ts";
import {
  checkNetworkName,
  type Network,
  prefixesOf,
  type SpoofCheck,
  type Subnet,
} from "./network.ts";
import { NetworkError } from "./network_error.ts";
import { type NetworkOptions, readOptions } from "./network_options.ts";
import { planVlan } from "./vlan_plan.ts";
import {
  containsAddress,
  containsPrefix,
  countAddresses,
  formatPrefix,
  nthAddress,
  overlaps,
  parseNetwork,
  type Prefix,
  unusableAddresses,
} from "./prefix.ts";
import {
  chooseLocalSubnet,
  chooseSubnet,
  DEFAULT_POOLS,
  findConflicts,
} from "./subnet.ts";

/** What is asked of a new network; what is missing is chosen. */
export interface NetworkWishes {
  /** Its id unless given. */
  readonly name?: string;
  /** At most one is chosen of each IP version; any number can be given. */
  readonly subnets?: readonly Prefix[];
  /** Each in one of the subnets; else the first address of the subnet. */
  readonly gateways?: readonly Address[];
  /** Each in one of the subnets. */
  readonly ipRanges?: readonly Prefix[];
  /** Chooses an IPv6 subnet when none is given. */
  readonly ipv6?: boolean;
  /** Has no way out. */
  readonly internal?: boolean;
  /** Nothing passes between it and other networks. */
  readonly isolate?: boolean;
  /** Bytes of payload in a frame. */
  readonly mtu?: number;
  /** That of the containers' ports, 1 to 4094. */
  readonly vlan?: number;
  /** Notes of the user's. */
  readonly labels?: { readonly [key: string]: string };
  /** See `network_options.ts`. */
  readonly options?: { readonly [key: string]: string };
}

/** What a new network has to get along with, and what is not decided here. */
export interface Surroundings {
  /** The other networks. */
  readonly networks: readonly Network[];
  /** What the host reaches or is part of. */
  readonly host: readonly Prefix[];
  /** Gives random bytes. */
  readonly random: (count: number) => Uint8Array;
  /** RFC 3339. */
  readonly now: string;
}

/** A subnet that is not free. */
export class SubnetConflictError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "SubnetConflictError";

  /** Names what is in the way. */
  constructor(
    /** What was asked for. */
    readonly subnet: Prefix,
    /** What has some of its addresses. */
    readonly other: Prefix,
    /** The network that `other` belongs to; a route or address of the host's
     * unless given. */
    readonly owner?: string,
  ) {
    const what = owner === undefined
      ? `${formatPrefix(other)}, where the host has an address or a route`
      : `${formatPrefix(other)} of network "${owner}"`;
    super(
      `cannot use the subnet ${formatPrefix(subnet)}: it overlaps ${what}; ` +
        "take another, or name none and a free one is chosen",
    );
  }
}

/**
 * Settles what a new network is.
 *
 * @throws {InvalidNetworkNameError}
 * @throws {InvalidLinkNameError} for an interface that an option names
 * @throws {SubnetConflictError}
 * @throws {NoFreeSubnetError}
 * @throws {NetworkError} for what cannot be had otherwise
 */
export function planNetwork(
  wishes: NetworkWishes,
  around: Surroundings,
): Network {
  const id = around.random(6).toHex();
  const name = checkNetworkName(wishes.name ?? id);
  const { options = {} } = wishes;
  const read = readOptions(options);
  const subnets = planSubnets(wishes, around);
  const mtu = settle("MTU", wishes.mtu, read.mtu);
  checkMtu(mtu, subnets);
  const access = settle("VLAN", wishes.vlan, read.vlan);
  const vlan = planVlan(id, access, read, around.networks);
  const { hairpin, icc = true } = read;
  const spoofCheck = spoofCheckOf(read);
  return {
    name,
    id,
    driver: "bridge",
    interface: vlan
      ? vlanInterface(vlan, around.networks)
      : chooseInterface(name, id, read, around.networks),
    subnets,
    internal: wishes.internal ?? false,
    isolate: wishes.isolate ?? read.isolate ?? false,
    masquerade: read.masquerade ?? true,
    ...(mtu !== undefined && { mtu }),
    ...(read.publishOn !== undefined && { publishOn: read.publishOn }),
    ...(read.publishFrom && { publishFrom: read.publishFrom }),
    ...(vlan && { vlan }),
    ...(!icc && { apart: true }),
    ...(hairpin !== undefined && { hairpin }),
    ...(spoofCheck && { spoofCheck }),
    labels: wishes.labels ?? {},
    options,
    created: around.now,
  };
}

function planSubnets(wishes: NetworkWishes, around: Surroundings): Subnet[] {
  const { gateways = [], ipRanges = [] } = wishes;
  const prefixes = choosePrefixes(wishes, around);
  const texts = prefixes.map(formatPrefix).join(" or ");
  for (const address of gateways) {
    if (prefixes.some((prefix) => containsAddress(prefix, address))) continue;
    const gateway = formatAddress(address);
    throw new NetworkError(
      `cannot use the gateway ${gateway}: not in ${texts}`,
    );
  }
  for (const range of ipRanges) {
    if (prefixes.some((prefix) => containsPrefix(prefix, range))) continue;
    const text = formatPrefix(range);
    throw new NetworkError(`cannot use the range ${text}: not in ${texts}`);
  }
  return prefixes.map((prefix) => {
    const subnet = formatPrefix(prefix);
    const gateway = onlyOne(
      "gateway",
      subnet,
      gateways.filter((address) => containsAddress(prefix, address)),
    );
    const range = onlyOne(
      "range",
      subnet,
      ipRanges.filter((range) => containsPrefix(prefix, range)),
    );
    return {
      subnet,
      gateway: formatAddress(
        gateway ? checkGateway(gateway, prefix) : nthAddress(prefix, 1n),
      ),
      ...(range && { ipRange: formatPrefix(range) }),
    };
  });
}

/** Those that are given, and one of each IP version that is still missing. */
function choosePrefixes(
  { subnets: given = [], ipv6 = false }: NetworkWishes,
  { networks, host, random }: Surroundings,
): Prefix[] {
  given.forEach((subnet, index) => {
    checkSubnet(subnet);
    const twin = given.slice(0, index).find((other) => overlaps(other, subnet));
    if (twin) {
      const texts = [twin, subnet].map(formatPrefix).join(" and ");
      throw new NetworkError(`the subnets ${texts} overlap`);
    }
    checkFree(subnet, networks, host);
  });
  const has = (wanted: Family) =>
    given.some(({ address: { family } }) => family === wanted);
  const used = [...given, ...host, ...networks.flatMap(prefixesOf)];
  const all = [
    ...given,
    ...(has(4) ? [] : [chooseSubnet(DEFAULT_POOLS, used)]),
    ...(has(6) || !ipv6 ? [] : [chooseLocalSubnet(random, used)]),
  ];
  return all.toSorted((a, b) => a.address.family - b.address.family);
}

/** Networks that no container can be in. */
const SPECIAL: readonly (readonly [prefix: Prefix, what: string])[] = [
  [parseNetwork("0.0.0.0/8"), "means this host"],
  [parseNetwork("127.0.0.0/8"), "is the loopback's"],
  [parseNetwork("224.0.0.0/3"), "is for multicast, or reserved"],
  [parseNetwork("::/8"), "is reserved"],
  [parseNetwork("fe80::/10"), "is every link's own"],
  [parseNetwork("ff00::/8"), "is for multicast"],
];

function checkSubnet(subnet: Prefix): void {
  const fail = (problem: string): never => {
    throw new NetworkError(
      `cannot use the subnet ${formatPrefix(subnet)}: ${problem}`,
    );
  };
  if (countAddresses(subnet) < 2n) {
    fail("one address is the gateway's, so there is none for a container");
  }
  for (const [prefix, what] of SPECIAL) {
    if (overlaps(prefix, subnet)) fail(`${formatPrefix(prefix)} ${what}`);
  }
}

function checkFree(
  subnet: Prefix,
  networks: readonly Network[],
  host: readonly Prefix[],
): void {
  for (const network of networks) {
    const other = prefixesOf(network).find((one) => overlaps(one, subnet));
    if (other) throw new SubnetConflictError(subnet, other, network.name);
  }
  const [other] = findConflicts(subnet, host);
  if (other) throw new SubnetConflictError(subnet, other);
}

function checkGateway(gateway: Address, subnet: Prefix): Address {
  const isIt = ({ value }: Address) => value === gateway.value;
  if (!unusableAddresses(subnet).some(isIt)) return gateway;
  throw new NetworkError(
    `cannot use the gateway ${formatAddress(gateway)}: it is not a host's ` +
      `address in ${formatPrefix(subnet)}`,
  );
}

function onlyOne<T>(what: string, subnet: string, all: T[]): T | undefined {
  if (all.length <= 1) return all[0];
  throw new NetworkError(`the subnet ${subnet} has more than one ${what}`);
}

/** A number that a flag or an option may say. */
function settle(
  what: string,
  wish: number | undefined,
  option: number | undefined,
): number | undefined {
  if (wish === undefined || option === undefined || wish === option) {
    return wish ?? option;
  }
  throw new NetworkError(
    `the ${what} is given twice: as ${wish}, and as ${option} by an option`,
  );
}

function checkMtu(mtu: number | undefined, subnets: readonly Subnet[]): void {
  // IPv6 wants more of a link: RFC 8200, section 5. IPv4: RFC 791, section 3.2.
  const least = subnets.some(({ subnet }) => subnet.includes(":")) ? 1280 : 68;
  if (mtu === undefined || (mtu >= least && mtu <= 65535)) return;
  throw new NetworkError(
    `cannot use an MTU of ${mtu}: ${least} to 65535 are allowed` +
      (least === 1280 ? " with IPv6" : ""),
  );
}

/** Who checks IP addresses checks Ethernet addresses too. */
function spoofCheckOf(
  { macSpoofCheck, ipSpoofCheck, trunk }: NetworkOptions,
): SpoofCheck | undefined {
  if (ipSpoofCheck && trunk) {
    throw new NetworkError(
      "ip-spoof-check cannot go with vlan-trunk: which addresses a container " +
        "has in those VLANs is not known; take mac-spoof-check",
    );
  }
  if (ipSpoofCheck) return "ip";
  return macSpoofCheck ? "mac" : undefined;
}
