/**
 * VLANs of a bridge's ports, as `bridge vlan` shows and changes them.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import { attr, concat, MalformedMessageError, nest, u32 } from "./attribute.ts";
import { IFLA, linkHeader } from "./link.ts";
import { decodePayload, type Message, NLM_F, type Request } from "./message.ts";
import { AF, RTM } from "./rtm.ts";

/** Attributes inside AF_SPEC, and their flags, from linux/if_bridge.h. */
const IFLA_BRIDGE_VLAN_INFO = 2;
const IFLA_BRIDGE_FLAGS = 0;
const BRIDGE_FLAGS_SELF = 2;
/** Flags of a VLAN, from linux/if_bridge.h. */
const VLAN_INFO = { PVID: 2, UNTAGGED: 4, BEGIN: 8, END: 16 } as const;

const RTEXT_FILTER_BRVLAN = 2; // from linux/rtnetlink.h

/** A VLAN, or a range of them, on a port. */
export interface VlanOptions {
  /** 1 to 4094. */
  readonly id: number;
  /** The last of a range that starts with `id`. */
  readonly last?: number;
  /** Frames without a tag belong to it. */
  readonly pvid?: boolean;
  /** Its frames leave without a tag. */
  readonly untagged?: boolean;
  /** It is the bridge's own port that is meant: LINK is the bridge. */
  readonly self?: boolean;
}

/** The VLANs of a port, as the kernel tells of them. */
export interface PortVlans {
  /** Of the port, or of the bridge for its own. */
  readonly index: number;
  /** By id. */
  readonly vlans: readonly {
    readonly id: number;
    readonly pvid: boolean;
    readonly untagged: boolean;
  }[];
}

/** `bridge vlan add dev INDEX vid ID [pvid] [untagged] [self]` */
export function addVlan(index: number, vlan: VlanOptions): Request {
  return changeVlan("add", RTM.SETLINK, index, vlan);
}

/** `bridge vlan delete dev INDEX vid ID [self]` */
export function deleteVlan(index: number, vlan: VlanOptions): Request {
  return changeVlan("delete", RTM.DELLINK, index, vlan);
}

/** `bridge vlan show`; for a dump. */
export function listVlans(): Request {
  return {
    what: "list the VLANs",
    type: RTM.GETLINK,
    flags: 0,
    body: concat(
      linkHeader(0, { family: AF.BRIDGE }),
      u32(IFLA.EXT_MASK, RTEXT_FILTER_BRVLAN),
    ),
  };
}

/**
 * Reads a message of type NEWLINK that {@linkcode listVlans} is answered with.
 *
 * @throws {MalformedMessageError}
 */
export function decodeVlans(message: Message): PortVlans {
  const { header, attrs } = decodePayload(message, 16);
  const infos = attrs.nested(IFLA.AF_SPEC)?.all(IFLA_BRIDGE_VLAN_INFO) ?? [];
  return {
    index: header.getInt32(4, true),
    vlans: infos.map((bytes) => {
      if (bytes.length !== 4) {
        throw new MalformedMessageError(
          "a VLAN",
          `has ${bytes.length} bytes where 4 are due`,
        );
      }
      const flags = viewOf(bytes).getUint16(0, true);
      return {
        id: viewOf(bytes).getUint16(2, true),
        pvid: (flags & VLAN_INFO.PVID) !== 0,
        untagged: (flags & VLAN_INFO.UNTAGGED) !== 0,
      };
    }),
  };
}

function changeVlan(
  verb: string,
  type: number,
  index: number,
  vlan: VlanOptions,
): Request {
  const { id, last = id, pvid, untagged, self } = vlan;
  const range = last === id ? `${id}` : `${id}-${last}`;
  if (!(id >= 1 && last >= id && last <= 4094)) {
    throw new RangeError(`VLAN ${range}: 1 to 4094 are allowed`);
  }
  const common = (pvid ? VLAN_INFO.PVID : 0) |
    (untagged ? VLAN_INFO.UNTAGGED : 0);
  const infos = last === id ? [vlanInfo(common, id)] : [
    vlanInfo(common | VLAN_INFO.BEGIN, id),
    vlanInfo(common | VLAN_INFO.END, last),
  ];
  const target = Uint8Array.of(BRIDGE_FLAGS_SELF, 0);
  return {
    what: `${verb} VLAN ${range} on the link ${index}`,
    type,
    flags: NLM_F.ACK,
    body: concat(
      linkHeader(index, { family: AF.BRIDGE }),
      nest(
        IFLA.AF_SPEC,
        self ? attr(IFLA_BRIDGE_FLAGS, target) : concat(),
        ...infos,
      ),
    ),
  };
}

function vlanInfo(flags: number, id: number): Uint8Array {
  // struct bridge_vlan_info { u16 flags; u16 vid; }
  const value = new Uint8Array(Uint16Array.of(flags, id).buffer);
  return attr(IFLA_BRIDGE_VLAN_INFO, value);
}
