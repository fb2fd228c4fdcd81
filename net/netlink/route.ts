/**
 * Routes, as `ip route` shows and changes them.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import {
  type Address,
  addressBytes,
  addressFromBytes,
  type Family,
  formatAddress,
} from "../address.ts";
import { firstAddress, formatPrefix, type Prefix } from "../prefix.ts";
import {
  align,
  attr,
  Attributes,
  concat,
  MalformedMessageError,
  nest,
  u32,
} from "./attribute.ts";
import { decodePayload, type Message, NLM_F, type Request } from "./message.ts";
import {
  AF,
  afOf,
  checkLength,
  familyOf,
  readAddress,
  RT_SCOPE,
  RTM,
} from "./rtm.ts";

/** Attributes of a route, from linux/rtnetlink.h. */
const RTA = {
  DST: 1,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  TABLE: 15,
  VIA: 18,
} as const;

/** Attributes inside METRICS, from linux/rtnetlink.h. */
const RTAX = { MTU: 2, ADVMSS: 8 } as const;

/** What a route does with packets, from linux/rtnetlink.h. */
export const RTN = {
  ANY: 0, // of a deletion
  UNICAST: 1,
  LOCAL: 2,
  BROADCAST: 3,
  ANYCAST: 4,
  MULTICAST: 5,
  BLACKHOLE: 6,
  UNREACHABLE: 7,
  PROHIBIT: 8,
} as const;

/** Tables, from linux/rtnetlink.h; others have numbers only. */
export const RT_TABLE = { MAIN: 254, LOCAL: 255 } as const;

const RTPROT_STATIC = 4; // from linux/rtnetlink.h: put in by an administrator
const RTNH_F_ONLINK = 4; // from linux/rtnetlink.h
const HEADER = 12;

/** The routes of packets that no other fits. */
export const DEFAULT_ROUTE: Readonly<Record<Family, Prefix>> = {
  4: { address: { family: 4, value: 0n }, length: 0 },
  6: { address: { family: 6, value: 0n }, length: 0 },
};

/** A route that is to be made or deleted. */
export interface NewRoute {
  /** Where packets go that take it. */
  readonly to: Prefix;
  /** The next hop; without one, everybody in `to` is on the link. */
  readonly via?: Address;
  /** The link; the kernel finds it by `via` when not given. */
  readonly index?: number;
  /** The address packets are sent from. */
  readonly source?: Address;
  /** The least one wins. */
  readonly metric?: number;
  /** {@linkcode RT_TABLE}.MAIN, unless given. */
  readonly table?: number;
  /** One of {@linkcode RTN}; UNICAST, unless given. */
  readonly type?: number;
  /** Whether `via` is on the link though no route says so. */
  readonly onLink?: boolean;
  /** One of {@linkcode RT_SCOPE}; what suits the rest, unless given. */
  readonly scope?: number;
  /** Bytes of payload that a packet may have on the way. */
  readonly mtu?: number;
  /** The segment size that is announced to TCP's other end, in bytes. */
  readonly advmss?: number;
}

/** Where a route leads. */
export interface NextHop {
  /** The router; without one, the destination is on the link. */
  readonly via?: Address;
  /** The link. */
  readonly index?: number;
}

/** A route as the kernel tells of it. */
export interface Route {
  /** Where packets go that take it. */
  readonly to: Prefix;
  /** One of {@linkcode RT_TABLE}, or another. */
  readonly table: number;
  /** One of {@linkcode RTN}. */
  readonly type: number;
  /** Who put it in, from linux/rtnetlink.h; 2 is the kernel. */
  readonly protocol: number;
  /** More than one where packets are spread over several. */
  readonly hops: readonly NextHop[];
  /** The address packets are sent from. */
  readonly source?: Address;
  /** The least one wins. */
  readonly metric?: number;
}

/** `ip route add TO via VIA dev INDEX` */
export function addRoute(route: NewRoute): Request {
  const flags = NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL;
  return changeRoute("add", RTM.NEWROUTE, flags, route);
}

/** `ip route replace TO via VIA dev INDEX` */
export function replaceRoute(route: NewRoute): Request {
  const flags = NLM_F.ACK | NLM_F.CREATE | NLM_F.REPLACE;
  return changeRoute("replace", RTM.NEWROUTE, flags, route);
}

/** `ip route delete TO via VIA dev INDEX` */
export function deleteRoute(route: NewRoute): Request {
  return changeRoute("delete", RTM.DELROUTE, NLM_F.ACK, route);
}

/** `ip [-4|-6] route show [table TABLE]`, of all tables unless given. */
export function listRoutes(
  only: { family?: Family; table?: number } = {},
): Request {
  const { family, table } = only;
  return {
    what: "list the routes",
    type: RTM.GETROUTE,
    flags: 0,
    body: concat(
      header({ family: family ? afOf(family) : AF.UNSPEC }),
      table === undefined ? concat() : u32(RTA.TABLE, table),
    ),
  };
}

/**
 * Reads a message of type NEWROUTE or DELROUTE.
 *
 * @throws {MalformedMessageError}
 */
export function decodeRoute(message: Message): Route {
  const { header, attrs } = decodePayload(message, HEADER);
  const family = familyOf(header.getUint8(0));
  const address = readAddress(attrs, RTA.DST, family) ??
    DEFAULT_ROUTE[family].address;
  const source = readAddress(attrs, RTA.PREFSRC, family);
  const metric = attrs.u32(RTA.PRIORITY);
  const paths = attrs.bytes(RTA.MULTIPATH);
  return {
    to: { address, length: checkLength(header.getUint8(1), family) },
    table: attrs.u32(RTA.TABLE) ?? header.getUint8(4),
    type: header.getUint8(7),
    protocol: header.getUint8(5),
    hops: paths ? decodePaths(paths, family) : [decodeHop(attrs, family)],
    ...(source && { source }),
    ...(metric !== undefined && { metric }),
  };
}

function decodeHop(
  attrs: Attributes,
  family: Family,
  index = attrs.u32(RTA.OIF),
): NextHop {
  const via = readAddress(attrs, RTA.GATEWAY, family) ?? readVia(attrs);
  return { ...(via && { via }), ...(index !== undefined && { index }) };
}

/** A next hop of the other family. */
function readVia(attrs: Attributes): Address | undefined {
  // struct rtvia { u16 family; u8 addr[]; }
  const address = attrs.bytes(RTA.VIA)?.subarray(2);
  if (!address) return undefined;
  if (address.length === 4 || address.length === 16) {
    return addressFromBytes(address);
  }
  throw new MalformedMessageError(
    "a next hop",
    `has ${address.length} bytes where an address has 4 or 16`,
  );
}

function decodePaths(bytes: Uint8Array, family: Family): NextHop[] {
  // struct rtnexthop { u16 len; u8 flags; u8 hops; int ifindex; }, attributes
  const SIZE = 8;
  const view = viewOf(bytes);
  const hops: NextHop[] = [];
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    const length = left < SIZE ? 0 : view.getUint16(at, true);
    if (length < SIZE || length > left) {
      throw new MalformedMessageError(
        `a next hop at byte ${at}`,
        `claims ${length} bytes, ${SIZE} to ${left} are possible`,
      );
    }
    const attrs = new Attributes(bytes.subarray(at + SIZE, at + length));
    hops.push(decodeHop(attrs, family, view.getUint32(at + 4, true)));
    at += align(length);
  }
  return hops;
}

function changeRoute(
  verb: string,
  messageType: number,
  flags: number,
  route: NewRoute,
): Request {
  const { to, via, index, source, metric, mtu, advmss } = route;
  const isDeletion = messageType === RTM.DELROUTE;
  const { table = RT_TABLE.MAIN, onLink = false } = route;
  const { type = isDeletion ? RTN.ANY : RTN.UNICAST } = route;
  const { family } = to.address;
  const { scope = scopeOf(type, family, via) } = route;
  const metrics = [
    ...(mtu === undefined ? [] : [u32(RTAX.MTU, mtu)]),
    ...(advmss === undefined ? [] : [u32(RTAX.ADVMSS, advmss)]),
  ];
  return {
    what: `${verb} the route to ${formatPrefix(to)}` +
      (via ? ` via ${formatAddress(via)}` : "") +
      (index === undefined ? "" : ` by the link ${index}`),
    type: messageType,
    flags,
    body: concat(
      header({
        family: afOf(family),
        length: to.length,
        scope: isDeletion ? RT_SCOPE.NOWHERE : scope,
        type,
        protocol: isDeletion ? 0 : RTPROT_STATIC,
        flags: onLink ? RTNH_F_ONLINK : 0,
      }),
      u32(RTA.TABLE, table),
      to.length === 0
        ? concat()
        : attr(RTA.DST, addressBytes(firstAddress(to))),
      via ? encodeHop(via, family) : concat(),
      index === undefined ? concat() : u32(RTA.OIF, index),
      source ? attr(RTA.PREFSRC, addressBytes(source)) : concat(),
      metric === undefined ? concat() : u32(RTA.PRIORITY, metric),
      metrics.length > 0 ? nest(RTA.METRICS, ...metrics) : concat(),
    ),
  };
}

function encodeHop(via: Address, family: Family): Uint8Array {
  const bytes = addressBytes(via);
  if (via.family === family) return attr(RTA.GATEWAY, bytes);
  return attr(RTA.VIA, concat(Uint8Array.of(afOf(via.family), 0), bytes));
}

/** How far a destination is, which IPv4 wants to know; IPv6 has no scopes. */
function scopeOf(
  type: number,
  family: Family,
  via: Address | undefined,
): number {
  if (family === 6) return RT_SCOPE.UNIVERSE;
  if (type === RTN.LOCAL) return RT_SCOPE.HOST;
  const isNear = type < RTN.BLACKHOLE && !via;
  return isNear ? RT_SCOPE.LINK : RT_SCOPE.UNIVERSE;
}

function header(
  { family, length = 0, protocol = 0, scope = 0, type = 0, flags = 0 }: {
    family: number;
    length?: number;
    protocol?: number;
    scope?: number;
    type?: number;
    flags?: number;
  },
): Uint8Array {
  // struct rtmsg { u8 family; u8 dst_len; u8 src_len; u8 tos; u8 table;
  //   u8 protocol; u8 scope; u8 type; u32 flags; }
  const bytes = new Uint8Array(HEADER);
  bytes.set([family, length, 0, 0, 0, protocol, scope, type]);
  new DataView(bytes.buffer).setUint32(8, flags, true);
  return bytes;
}
