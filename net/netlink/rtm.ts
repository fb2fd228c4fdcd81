/**
 * What all messages of the ROUTE family share.
 *
 * @module
 */
import { type Address, addressFromBytes, type Family } from "../address.ts";
import { type Attributes, MalformedMessageError } from "./attribute.ts";

/** Types of messages, from linux/rtnetlink.h. */
export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  SETLINK: 19,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
  NEWSTATS: 92,
  GETSTATS: 94,
} as const;

/** Address families, from linux/socket.h. */
export const AF = { UNSPEC: 0, INET: 2, BRIDGE: 7, INET6: 10 } as const;

/**
 * Where an address or a route is valid, from linux/rtnetlink.h; NOWHERE is
 * what a deletion says that does not care.
 */
export const RT_SCOPE = {
  UNIVERSE: 0,
  LINK: 253,
  HOST: 254,
  NOWHERE: 255,
} as const;

/** The AF of an IP version. */
export function afOf(family: Family): number {
  return family === 4 ? AF.INET : AF.INET6;
}

/**
 * The IP version of an AF.
 *
 * @throws {MalformedMessageError} for another family
 */
export function familyOf(af: number): Family {
  if (af === AF.INET) return 4;
  if (af === AF.INET6) return 6;
  throw new MalformedMessageError("an address family", `is ${af}`);
}

/**
 * An IP address among attributes.
 *
 * @throws {MalformedMessageError} when it has not the bytes of its family
 */
export function readAddress(
  attrs: Attributes,
  type: number,
  family: Family,
): Address | undefined {
  const bytes = attrs.bytes(type);
  if (!bytes) return undefined;
  const due = family === 4 ? 4 : 16;
  if (bytes.length === due) return addressFromBytes(bytes);
  throw new MalformedMessageError(
    `attribute ${type}`,
    `has ${bytes.length} bytes where an IPv${family} address has ${due}`,
  );
}

/**
 * A prefix length as a header has it.
 *
 * @throws {MalformedMessageError} when it is more than the family has bits
 */
export function checkLength(length: number, family: Family): number {
  const most = family === 4 ? 32 : 128;
  if (length <= most) return length;
  throw new MalformedMessageError(
    "a prefix",
    `has a length of ${length}, at most ${most} is possible`,
  );
}
