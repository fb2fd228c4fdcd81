/**
 * Values that configurations and results of CNI share, as schemas.
 *
 * @module
 */
import { complain, refuse } from "../../sys/problem.ts";
import {
  integer,
  list,
  object,
  optional,
  type Output,
  type Schema,
  textThat,
} from "../../sys/schema.ts";
import { type Address, parseAddress } from "../address.ts";
import { formatMac, parseMac } from "../mac.ts";
import { parsePrefix, type Prefix } from "../prefix.ts";

/** Any string. */
export const text: Schema<string> = textThat("a string", () => true);

/** A whole number of 32 bits. */
export const natural: Schema<number> = integer(0, 0xffff_ffff);

/** An IP address. */
export const address: Schema<Address, string> = parsed(
  "an IP address, such as 10.1.0.5",
  parseAddress,
);

/** An address with a prefix length. */
export const prefix: Schema<Prefix, string> = parsed(
  "an address with a prefix length, such as 10.1.0.5/16",
  parsePrefix,
);

/** An Ethernet address, in lower case. */
export const mac: Schema<string> = parsed(
  "an Ethernet address, such as 02:42:ac:11:00:02",
  (text) => formatMac(parseMac(text)),
);

/** A route in the container. */
export const Route = object({
  dst: prefix,
  /** The gateway of the address of the same IP version, unless given. */
  gw: optional(address),
  /** Bytes of payload that a packet may have on the way. */
  mtu: optional(natural),
  /** The segment size that is announced to TCP's other end, in bytes. */
  advmss: optional(natural),
  /** The least one wins. */
  priority: optional(natural),
  table: optional(natural),
  /** From linux/rtnetlink.h: 0 is everywhere, 253 the link, 254 the host. */
  scope: optional(integer(0, 255)),
});
/** A route in the container. */
export type CniRoute = Output<typeof Route>;

/** Who resolves names. */
export const Dns = object({
  nameservers: optional(list(text, "addresses")),
  domain: optional(text),
  search: optional(list(text, "domains")),
  options: optional(list(text, "options")),
});
/** Who resolves names. */
export type CniDns = Output<typeof Dns>;

/** Text that `parse` reads, or complains of by an exception. */
export function parsed<T>(
  expected: string,
  parse: (text: string) => T,
): Schema<T, string> {
  return {
    expected,
    read(value, at, problems) {
      if (typeof value !== "string") {
        return refuse(expected, value, at, problems);
      }
      try {
        return parse(value);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        complain(error.message, at, problems);
        return undefined as never;
      }
    },
  };
}
