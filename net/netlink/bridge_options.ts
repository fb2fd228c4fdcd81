/**
 * What bridges and their ports are set to, as attributes of a link.
 *
 * @module
 */
import { type Attributes, concat, u32, u8 } from "./attribute.ts";

/** Attributes of a bridge, from linux/if_link.h. */
const IFLA_BR = {
  STP_STATE: 5,
  VLAN_FILTERING: 7,
  MCAST_SNOOPING: 23,
} as const;

/** Attributes of a bridge's port, from linux/if_link.h. */
const IFLA_BRPORT = { MODE: 4, ISOLATED: 33 } as const;

/** What a bridge can be set to. */
export interface BridgeOptions {
  /** The spanning tree protocol, which makes a new port wait for 30 s. */
  readonly stp?: boolean;
  /** Keeps VLANs apart; the kernel may lack it. */
  readonly vlanFiltering?: boolean;
  /** Sends multicast only where it is listened to. */
  readonly multicastSnooping?: boolean;
}

/** What a port of a bridge can be set to. */
export interface PortOptions {
  /** Whether a frame may leave by the port it came in at. */
  readonly hairpin?: boolean;
  /** Whether frames to and from other isolated ports are dropped. */
  readonly isolated?: boolean;
}

/** Reads LINKINFO's data of a bridge. */
export function decodeBridge(data: Attributes): BridgeOptions {
  return {
    stp: (data.u32(IFLA_BR.STP_STATE) ?? 0) !== 0,
    vlanFiltering: data.u8(IFLA_BR.VLAN_FILTERING) === 1,
    multicastSnooping: data.u8(IFLA_BR.MCAST_SNOOPING) === 1,
  };
}

/** Reads LINKINFO's data of a bridge's port. */
export function decodePort(data: Attributes): PortOptions {
  return {
    hairpin: data.u8(IFLA_BRPORT.MODE) === 1,
    isolated: data.u8(IFLA_BRPORT.ISOLATED) === 1,
  };
}

/** LINKINFO's data for a bridge. */
export function encodeBridge(options: BridgeOptions): Uint8Array {
  const { stp, vlanFiltering, multicastSnooping } = options;
  return concat(
    stp === undefined ? concat() : u32(IFLA_BR.STP_STATE, Number(stp)),
    optional(IFLA_BR.VLAN_FILTERING, vlanFiltering),
    optional(IFLA_BR.MCAST_SNOOPING, multicastSnooping),
  );
}

/** LINKINFO's data for a bridge's port. */
export function encodePort({ hairpin, isolated }: PortOptions): Uint8Array {
  return concat(
    optional(IFLA_BRPORT.MODE, hairpin),
    optional(IFLA_BRPORT.ISOLATED, isolated),
  );
}

function optional(type: number, value: boolean | undefined): Uint8Array {
  return value === undefined ? concat() : u8(type, Number(value));
}
