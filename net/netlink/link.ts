/**
 * Links: network interfaces, as `ip link` shows and changes them.
 *
 * @module
 */
import type { Fd } from "../../sys/fd.ts";
import { checkLinkName } from "../link_name.ts";
import { formatMac, parseMac } from "../mac.ts";
import { attr, type Attributes, concat, nest, str, u32 } from "./attribute.ts";
import {
  type BridgeOptions,
  decodeBridge,
  decodePort,
  type PortOptions,
} from "./bridge_options.ts";
import { decodePayload, type Message, NLM_F, type Request } from "./message.ts";
import { AF, RTM } from "./rtm.ts";

/** Attributes of a link, from linux/if_link.h. */
export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  LINKINFO: 18,
  IFALIAS: 20,
  AF_SPEC: 26,
  NET_NS_FD: 28,
  EXT_MASK: 29,
  LINK_NETNSID: 37,
} as const;

/** Attributes inside LINKINFO, from linux/if_link.h. */
export const IFLA_INFO = {
  KIND: 1,
  DATA: 2,
  SLAVE_KIND: 4,
  SLAVE_DATA: 5,
} as const;

/** Flags of an interface, from linux/if.h. */
const IFF = {
  UP: 0x1,
  PROMISC: 0x100,
  LOWER_UP: 0x10000,
} as const;

const VETH_INFO_PEER = 1; // from linux/veth.h
const RTEXT_FILTER_SKIP_STATS = 8; // from linux/rtnetlink.h

/** A link by its index or by its name. */
export type LinkRef = number | string;

/** What a link can be made with, and most of what can be changed later. */
export interface LinkOptions {
  /** Bytes of payload in a frame. */
  mtu?: number;
  /** As in `02:42:ac:11:00:02`. */
  mac?: string;
  /** The index of the bridge it is a port of; 0 is none. */
  master?: number;
  /** Whether it may carry frames. */
  up?: boolean;
}

/** A link that is to be made. */
export interface NewLink extends LinkOptions {
  /** 1 to 15 bytes; see {@linkcode checkLinkName}. */
  name: string;
  /** Chosen here so that later requests of a batch can name it. */
  index?: number;
}

/** The other end of a pair. The kernel cannot make it up or a port. */
export interface NewPeer extends Omit<NewLink, "up" | "master"> {
  /** Where it is made; where the socket is, unless given. */
  netns?: Fd;
}

/** A link as the kernel tells of it. */
export interface Link {
  /** Its number in its namespace. */
  readonly index: number;
  /** Its name there. */
  readonly name: string;
  /** Bytes of payload in a frame. */
  readonly mtu: number;
  /** Set up by someone; says nothing of whether there is a carrier. */
  readonly up: boolean;
  /** Whether frames can pass: it is up, and so is its other end. */
  readonly carrier: boolean;
  /** Whether someone has it take frames for anyone. */
  readonly promiscuous: boolean;
  /** Missing for links without one. */
  readonly mac?: string;
  /** The index of the bridge or other link it belongs to. */
  readonly master?: number;
  /** `bridge`, `veth` …; missing for hardware and lo. */
  readonly kind?: string;
  /** A note for people. */
  readonly alias?: string;
  /**
   * The index of a veth's other end, in that one's namespace; or of the link
   * a VLAN or macvlan is on.
   */
  readonly peer?: number;
  /** The kernel's id of that namespace, when it is another one. */
  readonly peerNetns?: number;
  /** What a bridge is set to. */
  readonly bridge?: BridgeOptions;
  /** What a port of a bridge is set to. */
  readonly port?: PortOptions;
}

/** `ip link add NAME type veth peer name PEER netns NETNS` */
export function addVeth(link: NewLink, peer: NewPeer): Request {
  const other = concat(
    linkHeader(peer.index ?? 0),
    str(IFLA.IFNAME, checkLinkName(peer.name)),
    encodeOptions(peer),
    peer.netns ? u32(IFLA.NET_NS_FD, peer.netns.number) : concat(),
  );
  return addLink(
    `add the veth pair ${link.name} and ${peer.name}`,
    link,
    "veth",
    attr(VETH_INFO_PEER, other),
  );
}

/** `ip link add NAME type KIND`, with attributes of the kind's own. */
export function addLink(
  what: string,
  link: NewLink,
  kind: string,
  ...data: Uint8Array[]
): Request {
  return {
    what,
    type: RTM.NEWLINK,
    flags: NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL,
    body: concat(
      linkHeader(link.index ?? 0, flagsOf(link)),
      str(IFLA.IFNAME, checkLinkName(link.name)),
      encodeOptions(link),
      nest(
        IFLA.LINKINFO,
        str(IFLA_INFO.KIND, kind),
        nest(IFLA_INFO.DATA, ...data),
      ),
    ),
  };
}

/** `ip link set LINK up|down mtu … address … master … promisc … netns …` */
export function setLink(
  link: LinkRef,
  options: LinkOptions & {
    /** A note for people, up to 255 bytes. */
    alias?: string;
    /** Whether it takes frames for anyone. */
    promiscuous?: boolean;
    /** Moves it there. */
    netns?: Fd;
  },
): Request {
  const { netns, alias } = options;
  return {
    what: `change the link ${link}`,
    type: RTM.SETLINK,
    flags: NLM_F.ACK,
    body: concat(
      linkHeader(link, flagsOf(options)),
      encodeRef(link),
      encodeOptions(options),
      alias === undefined ? concat() : str(IFLA.IFALIAS, alias),
      netns ? u32(IFLA.NET_NS_FD, netns.number) : concat(),
    ),
  };
}

/** `ip link set LINK name NAME`; before 6.2 only while it is down. */
export function renameLink(index: number, name: string): Request {
  return {
    what: `rename the link ${index} to ${name}`,
    type: RTM.SETLINK,
    flags: NLM_F.ACK,
    body: concat(linkHeader(index), str(IFLA.IFNAME, checkLinkName(name))),
  };
}

/** `ip link delete LINK`; the other end of a pair goes with it. */
export function deleteLink(link: LinkRef): Request {
  return {
    what: `delete the link ${link}`,
    type: RTM.DELLINK,
    flags: NLM_F.ACK,
    body: concat(linkHeader(link), encodeRef(link)),
  };
}

/** `ip link show LINK`; refused with ENODEV when there is none. */
export function getLink(link: LinkRef): Request {
  return {
    what: `look at the link ${link}`,
    type: RTM.GETLINK,
    flags: NLM_F.ACK,
    body: concat(
      linkHeader(link),
      encodeRef(link),
      u32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS),
    ),
  };
}

/** `ip link show [master MASTER] [type KIND]`; for a dump. */
export function listLinks(
  only: { master?: number; kind?: string } = {},
): Request {
  const { master, kind } = only;
  return {
    what: "list the links",
    type: RTM.GETLINK,
    flags: 0,
    body: concat(
      linkHeader(0),
      u32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS),
      master ? u32(IFLA.MASTER, master) : concat(),
      kind ? nest(IFLA.LINKINFO, str(IFLA_INFO.KIND, kind)) : concat(),
    ),
  };
}

/**
 * Reads a message of type NEWLINK or DELLINK.
 *
 * @throws {MalformedMessageError}
 */
export function decodeLink(message: Message): Link {
  const { header, attrs } = decodePayload(message, 16);
  const flags = header.getUint32(8, true);
  return {
    index: header.getInt32(4, true),
    name: attrs.string(IFLA.IFNAME) ?? "",
    mtu: attrs.u32(IFLA.MTU) ?? 0,
    up: (flags & IFF.UP) !== 0,
    carrier: (flags & IFF.LOWER_UP) !== 0,
    promiscuous: (flags & IFF.PROMISC) !== 0,
    ...present({
      mac: readMac(attrs),
      master: attrs.u32(IFLA.MASTER),
      alias: attrs.string(IFLA.IFALIAS),
      peer: attrs.u32(IFLA.LINK),
      peerNetns: attrs.i32(IFLA.LINK_NETNSID),
      ...decodeInfo(attrs.nested(IFLA.LINKINFO)),
    }),
  };
}

function decodeInfo(info: Attributes | undefined) {
  const kind = info?.string(IFLA_INFO.KIND);
  const data = info?.nested(IFLA_INFO.DATA);
  const slave = info?.nested(IFLA_INFO.SLAVE_DATA);
  const isPort = info?.string(IFLA_INFO.SLAVE_KIND) === "bridge";
  return {
    kind,
    bridge: kind === "bridge" && data ? decodeBridge(data) : undefined,
    port: isPort && slave ? decodePort(slave) : undefined,
  };
}

function readMac(attrs: Attributes): string | undefined {
  const bytes = attrs.bytes(IFLA.ADDRESS);
  return bytes?.length === 6 ? formatMac(bytes) : undefined;
}

/** Without the keys that have no value. */
function present<T extends object>(
  object: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The fixed header; a link by name has the index 0 in it. */
export function linkHeader(
  link: LinkRef,
  { flags = 0, change = 0, family = AF.UNSPEC as number } = {},
): Uint8Array {
  // struct ifinfomsg { u8 family; u8 pad; u16 type; int index; u32 flags;
  //   u32 change; }
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, family);
  view.setInt32(4, typeof link === "number" ? link : 0, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return bytes;
}

/** The name of a link that is meant by its name. */
export function encodeRef(link: LinkRef): Uint8Array {
  if (typeof link === "number") return concat();
  return str(IFLA.IFNAME, checkLinkName(link));
}

function flagsOf(
  { up, promiscuous }: { up?: boolean; promiscuous?: boolean },
): { flags: number; change: number } {
  let [flags, change] = [0, 0];
  for (const [bit, on] of [[IFF.UP, up], [IFF.PROMISC, promiscuous]] as const) {
    if (on === undefined) continue;
    change |= bit;
    if (on) flags |= bit;
  }
  return { flags, change };
}

function encodeOptions({ mtu, mac, master }: LinkOptions): Uint8Array {
  return concat(
    mtu === undefined ? concat() : u32(IFLA.MTU, mtu),
    mac === undefined ? concat() : attr(IFLA.ADDRESS, parseMac(mac)),
    master === undefined ? concat() : u32(IFLA.MASTER, master),
  );
}
