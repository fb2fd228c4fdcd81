/**
 * What ADD makes: configuration and leased addresses in, plain data out.
 *
 * @module
 */
import { type Address, type Family, sameAddress } from "../../address.ts";
import { macOf } from "../../mac.ts";
import { DEFAULT_ROUTE, type NewRoute } from "../../netlink/route.ts";
import { RT_SCOPE } from "../../netlink/rtm.ts";
import type { OwnedElement } from "../../nftables/owned_table.ts";
import {
  firstAddress,
  formatPrefix,
  networkOf,
  type Prefix,
} from "../../prefix.ts";
import type { VlanRange } from "../../vlan.ts";
import type { CniDns, CniRoute } from "../fields.ts";
import type { CniInterface, CniIp, CniResult } from "../result.ts";
import type { BridgeConfig } from "./config.ts";
import type { Attachment } from "./environment.ts";
import { masqueradeElements } from "./masquerade.ts";
import { ownerNote, portName } from "./owner.ts";

/** The bridge, and what it is to the host. */
export interface BridgePlan {
  readonly name: string;
  /** Of a bridge that has to be made; random unless given. */
  readonly mac?: string;
  readonly mtu?: number;
  readonly promiscuous: boolean;
  readonly filtersVlans: boolean;
  /** The host's addresses on the network. */
  readonly gateways: readonly Prefix[];
  /** Other addresses in the way of these are removed. */
  readonly forceAddress: boolean;
  /** IP versions in which the host passes packets on. */
  readonly forwards: readonly Family[];
}

/** VLANs of a port. */
export interface PortVlans {
  /** The one of untagged frames; the bridge's default unless given. */
  readonly untagged?: number;
  readonly tagged: readonly VlanRange[];
  /** Whether it leaves those the bridge gave it. */
  readonly exclusive: boolean;
}

/** The port of the bridge. */
export interface PortPlan {
  readonly name: string;
  /** Says whose it is. */
  readonly note: string;
  readonly hairpin: boolean;
  readonly isolated: boolean;
  /** Missing where the bridge knows no VLANs. */
  readonly vlans?: PortVlans;
  readonly mtu?: number;
}

/** The container's end. */
export interface InsidePlan {
  readonly name: string;
  /** The kernel's choice unless given. */
  readonly mac?: string;
  readonly up: boolean;
  readonly addresses: readonly Prefix[];
  /** Without their link. */
  readonly routes: readonly NewRoute[];
  readonly detectsDuplicates: boolean;
}

/** All of it. */
export interface AttachPlan {
  readonly bridge: BridgePlan;
  /** The host's interface in the VLAN, where that is not the bridge itself. */
  readonly vlanGateway?: { readonly name: string; readonly port: PortPlan };
  readonly port: PortPlan;
  readonly inside: InsidePlan;
  readonly masquerade: readonly OwnedElement[];
  /** Frames with another Ethernet address than the container's are dropped. */
  readonly guardsMac: boolean;
  /** The result's, which has interfaces once they are there. */
  readonly ips: readonly CniIp[];
  readonly routes: readonly CniRoute[];
  readonly dns: CniDns;
}

/** Which of the result's interfaces is the container's. */
const CONTAINER = 2;

/** Plans an attachment with the addresses that IPAM gave, if any. */
export function planAttachment(
  config: BridgeConfig,
  attachment: Attachment,
  leased: CniResult,
): AttachPlan {
  const { mtu, vlan, trunk, isGateway } = config;
  const ips = settleGateways(config, leased.ips);
  const routes = settleRoutes(config, ips, leased.routes);
  const gateways = isGateway ? gatewaysOf(ips) : [];
  const addresses = ips.map(({ address }) => address);
  const mac = config.mac ?? (addresses[0] && macOf(addresses[0].address));
  const note = ownerNote(config.name, attachment);
  const size = mtu === undefined ? {} : { mtu };
  const hasVlans = vlan !== undefined || trunk.length > 0;
  return {
    bridge: {
      name: config.bridge,
      ...(gateways[0] && !vlan && { mac: macOf(gateways[0].address) }),
      ...size,
      promiscuous: config.promiscuous,
      filtersVlans: hasVlans,
      gateways,
      forceAddress: config.forceAddress,
      forwards: [...new Set(gateways.map(({ address }) => address.family))],
    },
    ...(vlan !== undefined && gateways.length > 0 && {
      vlanGateway: planVlanGateway(config, vlan),
    }),
    port: {
      name: portName(config.name, attachment),
      note,
      hairpin: config.hairpin,
      isolated: config.isolated,
      ...(hasVlans && { vlans: planVlans(config) }),
      ...size,
    },
    inside: {
      name: attachment.ifname,
      ...(mac !== undefined && { mac }),
      up: !config.staysDown,
      addresses,
      routes: planRoutes(ips, routes),
      detectsDuplicates: config.detectsDuplicates,
    },
    masquerade: config.masquerade ? masqueradeElements(addresses, note) : [],
    guardsMac: config.guardsMac,
    ips,
    routes,
    dns: Object.keys(config.dns).length > 0 ? config.dns : leased.dns,
  };
}

/** The result of an attachment that was made, with its interfaces. */
export function resultOf(
  { ips, routes, dns }: AttachPlan,
  interfaces: readonly CniInterface[],
): CniResult {
  return { interfaces, ips, routes, dns };
}

/** The gateway is the network's first address, unless IPAM names one. */
function settleGateways(
  { isGateway }: BridgeConfig,
  ips: readonly CniIp[],
): CniIp[] {
  return ips.map(({ address, gateway }) => {
    const settled = gateway ?? (isGateway ? next(address) : undefined);
    return {
      address,
      interface: CONTAINER,
      ...(settled && { gateway: settled }),
    };
  });
}

function next(prefix: Prefix): Address {
  const { family, value } = firstAddress(prefix);
  return { family, value: value + 1n };
}

/** With a default route for each IP version, if the bridge is to be that. */
function settleRoutes(
  { isDefaultGateway }: BridgeConfig,
  ips: readonly CniIp[],
  routes: readonly CniRoute[],
): CniRoute[] {
  const settled = [...routes];
  for (const { address: { address: { family } }, gateway } of ips) {
    const has = settled.some(({ dst }) =>
      dst.length === 0 && dst.address.family === family
    );
    if (has || !isDefaultGateway || !gateway) continue;
    settled.push({ dst: DEFAULT_ROUTE[family], gw: gateway });
  }
  return settled;
}

/** The host's addresses, each once. */
function gatewaysOf(ips: readonly CniIp[]): Prefix[] {
  const all = ips.map(({ address, gateway }): Prefix => ({
    address: gateway!,
    length: address.length,
  }));
  return all.filter((one, i) =>
    all.findIndex((other) =>
      one.length === other.length && sameAddress(one.address, other.address)
    ) === i
  );
}

/** Routes as the kernel takes them; none twice. */
function planRoutes(
  ips: readonly CniIp[],
  routes: readonly CniRoute[],
): NewRoute[] {
  const seen = new Set<string>();
  return routes.flatMap((route): NewRoute[] => {
    const { dst, gw, mtu, advmss, priority: metric, table, scope } = route;
    const via = isNear(route) ? undefined : gw ??
      ips.find(({ address, gateway }) =>
        gateway && address.address.family === dst.address.family
      )?.gateway;
    const key = [formatPrefix(networkOf(dst)), metric, table, via?.value];
    if (seen.has(key.join(" "))) return [];
    seen.add(key.join(" "));
    return [{
      to: dst,
      ...(via && { via }),
      ...(metric !== undefined && { metric }),
      ...(table !== undefined && { table }),
      ...(scope !== undefined && { scope }),
      ...(mtu !== undefined && { mtu }),
      ...(advmss !== undefined && { advmss }),
    }];
  });
}

/** Whether who is meant is on the link: 0.0.0.0 and :: are nobody's gateway. */
function isNear({ gw, scope = RT_SCOPE.UNIVERSE }: CniRoute): boolean {
  return gw ? gw.value === 0n : scope >= RT_SCOPE.LINK;
}

/** Untagged frames of a trunk without `vlan` are of VLAN 1. */
function planVlans(
  { vlan, trunk, keepsDefaultVlan }: BridgeConfig,
): PortVlans {
  return {
    untagged: vlan ?? 1,
    tagged: trunk,
    exclusive: !keepsDefaultVlan,
  };
}

/**
 * The host's own port in a VLAN: another pair, one end of it on the bridge, the
 * other with the gateway's address.
 */
function planVlanGateway(
  { name, bridge, mtu, keepsDefaultVlan }: BridgeConfig,
  vlan: number,
) {
  const link = `${bridge}.${vlan}`;
  return {
    name: link,
    port: {
      name: portName(bridge, { containerId: "", ifname: link }),
      note: `rkl cni gateway of VLAN ${vlan} on ${bridge} for ${name}`,
      hairpin: false,
      isolated: false,
      vlans: { untagged: vlan, tagged: [], exclusive: !keepsDefaultVlan },
      ...(mtu !== undefined && { mtu }),
    },
  };
}
