/**
 * Networks: what one is, and what follows from that.
 *
 * @module
 */
import { type Family, parseAddress } from "./address.ts";
import type { AddressRange } from "./lease.ts";
import type { NetworkRules } from "./nftables/description.ts";
import { firstAddress, lastAddress, parseNetwork } from "./prefix.ts";
import type { Prefix } from "./prefix.ts";
import type { Membership } from "./vlan.ts";

/** The network of containers that name none; made when first used. */
export const DEFAULT_NETWORK = "bridge";

/** The default network's interface, unless somebody else has that name. */
export const DEFAULT_INTERFACE = "rkl0";

/** What network.json holds. */
export interface Network {
  /** How users call it; the name of its directory. */
  readonly name: string;
  /** 12 hexadecimal digits: tells it from one of its name before or elsewhere. */
  readonly id: string;
  /** There is no other. */
  readonly driver: "bridge";
  /**
   * The host's own interface on it: the bridge, or with a VLAN the end of a
   * pair whose other end is a port of the bridge.
   */
  readonly interface: string;
  /** One or more, of either IP version, IPv4 first. */
  readonly subnets: readonly Subnet[];
  /** Has no way out. */
  readonly internal: boolean;
  /** Nothing passes between it and other networks. */
  readonly isolate: boolean;
  /** What leaves it has an address of the host. */
  readonly masquerade: boolean;
  /** Bytes of payload in a frame; the kernel's 1500 unless given. */
  readonly mtu?: number;
  /** The host's address where ports are published that do not say. */
  readonly publishOn?: string;
  /** Who may connect to published ports, as prefixes; everyone unless given. */
  readonly publishFrom?: readonly string[];
  /** Its part of a bridge that others may share. */
  readonly vlan?: NetworkVlan;
  /** Its containers reach only the host and what is published, not each other. */
  readonly apart?: boolean;
  /** Whether a frame may return by the port it came by; true unless given. */
  readonly hairpin?: boolean;
  /** What its containers cannot lie about. */
  readonly spoofCheck?: SpoofCheck;
  /** Notes of the user's. */
  readonly labels: { readonly [key: string]: string };
  /** As they were given; what they mean is in the other fields. */
  readonly options: { readonly [key: string]: string };
  /** RFC 3339. */
  readonly created: string;
}

/** A VLAN of a bridge, or several. */
export interface NetworkVlan extends Membership {
  /** The bridge, see `vlan_bridge.ts`. */
  readonly bridge: string;
  /** The VLAN of the host's own interface. */
  readonly host: number;
}

/** How a container's port is set up. */
export interface PortSettings {
  /** Bytes of payload in a frame; the kernel's 1500 unless given. */
  readonly mtu?: number;
  /** The VLANs it is in, of a bridge that filters them. */
  readonly vlans?: Membership;
  /** Whether it may reach no other port that is isolated, only the host's. */
  readonly isolated?: boolean;
  /** Whether a frame may leave by the port it came by; true unless given. */
  readonly hairpin?: boolean;
  /** What is checked of what the container sends; nothing unless given. */
  readonly spoofCheck?: SpoofCheck;
}

/** The sender's Ethernet address, or that and its IP addresses. */
export type SpoofCheck = "mac" | "ip";

/** A part of a network, and where its addresses come from. */
export interface Subnet {
  /** Such as `10.210.0.0/24`. */
  readonly subnet: string;
  /** The bridge's own address. */
  readonly gateway: string;
  /** Where addresses are chosen; all of the subnet unless given. */
  readonly ipRange?: string;
}

/** A name that no network can have. */
export class InvalidNetworkNameError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InvalidNetworkNameError";

  /** Says what a name may be. */
  constructor(
    /** What was given. */
    readonly text: string,
  ) {
    super(
      RESERVED.includes(text)
        ? `"${text}" cannot name a network: --network ${text} means something ` +
          "else"
        : `${JSON.stringify(text)} is no network name; allowed: 1 to 128 ` +
          "letters, digits, _ . or -, the first a letter or digit",
    );
  }
}

/** What `--network` takes for something else. */
const RESERVED: readonly string[] = ["none", "host", "default"];

/**
 * Checks a name before it becomes a path.
 *
 * @throws {InvalidNetworkNameError}
 */
export function checkNetworkName(name: string): string {
  const valid = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name);
  if (!valid || RESERVED.includes(name)) {
    throw new InvalidNetworkNameError(name);
  }
  return name;
}

/** Its subnets. */
export function prefixesOf({ subnets }: Pick<Network, "subnets">): Prefix[] {
  return subnets.map(({ subnet }) => parseNetwork(subnet));
}

/** The IP versions it has. */
export function familiesOf(network: Pick<Network, "subnets">): Family[] {
  const families = prefixesOf(network).map(({ address }) => address.family);
  return [...new Set(families)];
}

/** The addresses of its bridge, with the length of the subnet's prefix. */
export function gatewaysOf({ subnets }: Pick<Network, "subnets">): Prefix[] {
  return subnets.map(({ subnet, gateway }) => ({
    address: parseAddress(gateway),
    length: parseNetwork(subnet).length,
  }));
}

/** Where the addresses of one IP version come from; empty if it has none. */
export function rangesOf({ subnets }: Network, family: Family): AddressRange[] {
  return subnets.map(({ subnet, gateway, ipRange }) => {
    const range = ipRange === undefined ? undefined : parseNetwork(ipRange);
    return {
      subnet: parseNetwork(subnet),
      ...(range && { first: firstAddress(range), last: lastAddress(range) }),
      reserved: [parseAddress(gateway)],
    };
  }).filter(({ subnet }) => subnet.address.family === family);
}

/** What the packet filter is to know of it. */
export function rulesOf(network: Network): NetworkRules {
  const { internal, isolate, masquerade, apart } = network;
  return {
    bridge: network.interface,
    prefixes: prefixesOf(network),
    ...(internal && { internal }),
    ...(isolate && { isolate }),
    ...(!masquerade && { masquerade }),
    ...(apart && { apart }),
  };
}

/** What is true of each container's port, besides its names and addresses. */
export function portSettings(network: Network): PortSettings {
  const { mtu, vlan, apart, hairpin, spoofCheck } = network;
  return {
    ...(mtu !== undefined && { mtu }),
    ...(vlan && { vlans: vlan }),
    ...(apart && { isolated: true }),
    ...(hairpin !== undefined && { hairpin }),
    ...(spoofCheck && { spoofCheck }),
  };
}
