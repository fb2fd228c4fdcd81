/**
 * Names that stand for addresses, to look up whose they are: RFC 1035, section
 * 3.5, and RFC 3596, section 2.5.
 *
 * @module
 */
import { type Address, addressFromBytes } from "../address.ts";

/**
 * The address that a name in lower case stands for, if it is one's:
 * `1.0.88.10.in-addr.arpa`.
 */
export function parseReverseName(name: string): Address | undefined {
  if (!name.endsWith(".arpa")) return undefined;
  const [, four] = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name) ?? [];
  if (four !== undefined) {
    const parts = four.slice(0, -1).split(".").map(Number).reverse();
    if (parts.some((part) => part > 255)) return undefined;
    return addressFromBytes(Uint8Array.from(parts));
  }
  const [, six] = /^((?:[\da-f]\.){32})ip6\.arpa$/.exec(name) ?? [];
  if (six === undefined) return undefined;
  const digits = six.replaceAll(".", "").split("").reverse().join("");
  return { family: 6, value: BigInt(`0x${digits}`) };
}
