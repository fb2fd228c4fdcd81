/**
 * Ethernet addresses.
 *
 * @module
 */
import { type Address, addressBytes } from "./address.ts";

/** Text that is no Ethernet address an interface can have. */
export class InvalidMacError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InvalidMacError";

  /** Says what would be right. */
  constructor(
    /** What was given. */
    readonly text: string,
    /** What is wrong with it, and what is allowed. */
    readonly problem: string,
  ) {
    super(`${JSON.stringify(text)} is no Ethernet address: ${problem}`);
  }
}

/**
 * The six bytes of an address such as `02:42:ac:11:00:02`.
 *
 * @throws {InvalidMacError}
 */
export function parseMac(text: string): Uint8Array {
  if (!/^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(text)) {
    throw new InvalidMacError(
      text,
      'it takes six pairs of hex digits with ":" between, 02:42:ac:11:00:02',
    );
  }
  const bytes = Uint8Array.fromHex(text.replaceAll(":", ""));
  if (bytes[0]! & 1) {
    throw new InvalidMacError(
      text,
      "an odd first byte makes it a group's, not an interface's",
    );
  }
  if (bytes.every((byte) => byte === 0)) {
    throw new InvalidMacError(text, "no interface can have all zeros");
  }
  return bytes;
}

/** The text of an address, in lower case. */
export function formatMac(bytes: Uint8Array): string {
  return bytes.toHex().replace(/..(?=.)/g, "$&:");
}

/**
 * An address made from an IP address: who gets the IP address again has the
 * same one, so that neighbours' caches stay true. Local as IEEE 802 has it,
 * and unique on a network as the IP address is (in IPv6: as its last 32 bits).
 */
export function macOf(address: Address): string {
  const [LOCAL, SECOND] = [0x02, 0x42];
  const last = addressBytes(address).subarray(-4);
  return formatMac(Uint8Array.of(LOCAL, SECOND, ...last));
}
