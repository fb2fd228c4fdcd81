/**
 * A container's place on a network, as it is asked for.
 *
 * @module
 */
import { type Family, parseAddress } from "../../net/address.ts";
import { isLinkName, LINK_NAME_RULE } from "../../net/link_name.ts";
import { parseMac } from "../../net/mac.ts";
import {
  list,
  matching,
  optional,
  type Output,
  strictObject,
  textThat,
  withDefault,
} from "../../sys/schema.ts";
import { parsed } from "../specification/values.ts";
import { NAME, NAME_RULE } from "../name.ts";

/** A network that a container is on, and what it is there. */
export interface Attachment {
  /** The network's. */
  readonly name: string;
  /** What the container calls its interface there. */
  readonly interface: string;
  /** Names of the container there, besides its own. */
  readonly aliases: readonly string[];
  /** IPv4; chosen unless given. */
  readonly ip?: string | undefined;
  /** IPv6; chosen unless given. */
  readonly ip6?: string | undefined;
  /** Made of its first address unless given. */
  readonly mac?: string | undefined;
}

/** One entry of `network`, when it is more than a word. */
export const Wish = strictObject({
  name: matching("the name of a network", NAME),
  interface: optional(textThat(
    `an interface other than lo: ${LINK_NAME_RULE}`,
    (name) => isLinkName(name) && name !== "lo",
  )),
  aliases: withDefault(list(matching(NAME_RULE, NAME), "names"), []),
  ip: optional(addressOf(4)),
  ip6: optional(addressOf(6)),
  mac: optional(parsed("an Ethernet address", readMac, isRefusal)),
}, {
  ipv4: "is called ip here",
  ipv4_address: "is called ip here",
  ipv6: "is called ip6 here",
  ipv6_address: "is called ip6 here",
  mac_address: "is called mac here",
  interface_name: "is called interface here",
});

/** What an attachment is made of: the interface is chosen unless given. */
export type Wish = Output<typeof Wish>;

/** An address of one IP version, as text. */
function addressOf(family: Family) {
  return parsed(`an IPv${family} address`, (value) => {
    const text = String(value);
    if (parseAddress(text).family === family) return text;
    throw new Error(`"${text}" is no IPv${family} address`);
  }, isRefusal);
}

function readMac(value: string | number): string {
  const text = String(value).toLowerCase();
  parseMac(text);
  return text;
}

function isRefusal(): boolean {
  return true;
}

/** Attachments with an interface each: eth0, eth1 … where none is given. */
export function attachmentsOf(wishes: readonly Wish[]): Attachment[] {
  const taken = new Set(wishes.map((wish) => wish.interface));
  return wishes.map((wish) => {
    const name = wish.interface ?? freeInterface(taken);
    taken.add(name);
    return { ...wish, interface: name };
  });
}

/** The first of eth0, eth1 … that is not taken. */
export function freeInterface(
  taken: { has(name: string): boolean },
): string {
  for (let n = 0;; n++) {
    if (!taken.has(`eth${n}`)) return `eth${n}`;
  }
}
