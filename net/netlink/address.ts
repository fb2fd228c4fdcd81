/**
 * Addresses of links, as `ip address` shows and changes them.
 *
 * @module
 */
import { addressBytes, type Family } from "../address.ts";
import { formatPrefix, lastAddress, type Prefix } from "../prefix.ts";
import { attr, concat, MalformedMessageError, u32 } from "./attribute.ts";
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

/** Attributes of an address, from linux/if_addr.h. */
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, FLAGS: 8 } as const;

/** Flags of an address, from linux/if_addr.h. */
const IFA_F = {
  NODAD: 0x02,
  DADFAILED: 0x08,
  TENTATIVE: 0x40,
  NOPREFIXROUTE: 0x200,
} as const;

/** How an address is added. */
export interface AddressOptions {
  /**
   * Whether IPv6 first asks if somebody has the address, which keeps it from
   * being used for a second or two. Leases make that needless.
   */
  readonly detectDuplicates?: boolean;
  /** Whether no route to the prefix is made. */
  readonly noPrefixRoute?: boolean;
}

/** An address as the kernel tells of it. */
export interface LinkAddress {
  /** Of the link it is on. */
  readonly index: number;
  /** The address, and how much of it the network is. */
  readonly prefix: Prefix;
  /** One of RT_SCOPE. */
  readonly scope: number;
  /** Not to be used yet: IPv6 is still asking who has it. */
  readonly tentative: boolean;
  /** Not to be used at all: IPv6 found somebody who has it. */
  readonly duplicate: boolean;
}

/** `ip address add PREFIX dev INDEX [nodad]` */
export function addAddress(
  index: number,
  prefix: Prefix,
  { detectDuplicates = false, noPrefixRoute = false }: AddressOptions = {},
): Request {
  const { family } = prefix.address;
  const flags = (family === 6 && !detectDuplicates ? IFA_F.NODAD : 0) |
    (noPrefixRoute ? IFA_F.NOPREFIXROUTE : 0);
  const hasBroadcast = family === 4 && prefix.length < 31;
  return {
    what: `add the address ${formatPrefix(prefix)} to the link ${index}`,
    type: RTM.NEWADDR,
    flags: NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL,
    body: concat(
      encodePrefix(index, prefix),
      hasBroadcast
        ? attr(IFA.BROADCAST, addressBytes(lastAddress(prefix)))
        : concat(),
      flags ? u32(IFA.FLAGS, flags) : concat(),
    ),
  };
}

/** `ip address delete PREFIX dev INDEX` */
export function deleteAddress(index: number, prefix: Prefix): Request {
  return {
    what: `delete the address ${formatPrefix(prefix)} of the link ${index}`,
    type: RTM.DELADDR,
    flags: NLM_F.ACK,
    body: encodePrefix(index, prefix),
  };
}

/** `ip [-4|-6] address show [dev INDEX]`; for a dump. */
export function listAddresses(
  only: { index?: number; family?: Family } = {},
): Request {
  const { index = 0, family } = only;
  return {
    what: "list the addresses",
    type: RTM.GETADDR,
    flags: 0,
    body: header(family ? afOf(family) : AF.UNSPEC, 0, 0, index),
  };
}

/**
 * Reads a message of type NEWADDR or DELADDR.
 *
 * @throws {MalformedMessageError}
 */
export function decodeAddress(message: Message): LinkAddress {
  const { header, attrs } = decodePayload(message, 8);
  const family = familyOf(header.getUint8(0));
  // On a point-to-point link ADDRESS is the other end's.
  const address = readAddress(attrs, IFA.LOCAL, family) ??
    readAddress(attrs, IFA.ADDRESS, family);
  if (!address) {
    throw new MalformedMessageError("an address", "has no attribute with it");
  }
  const flags = attrs.u32(IFA.FLAGS) ?? header.getUint8(2);
  return {
    index: header.getUint32(4, true),
    prefix: { address, length: checkLength(header.getUint8(1), family) },
    scope: header.getUint8(3),
    tentative: (flags & IFA_F.TENTATIVE) !== 0,
    duplicate: (flags & IFA_F.DADFAILED) !== 0,
  };
}

function encodePrefix(index: number, { address, length }: Prefix): Uint8Array {
  const bytes = addressBytes(address);
  const isLoopback = address.family === 4 && bytes[0] === 127;
  const scope = isLoopback ? RT_SCOPE.HOST : RT_SCOPE.UNIVERSE;
  return concat(
    header(afOf(address.family), length, scope, index),
    attr(IFA.LOCAL, bytes),
    attr(IFA.ADDRESS, bytes),
  );
}

function header(
  family: number,
  length: number,
  scope: number,
  index: number,
): Uint8Array {
  // struct ifaddrmsg { u8 family; u8 prefixlen; u8 flags; u8 scope; u32 index; }
  const bytes = new Uint8Array(8);
  bytes.set([family, length, 0, scope]);
  new DataView(bytes.buffer).setUint32(4, index, true);
  return bytes;
}
