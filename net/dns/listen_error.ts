/**
 * What can stand in the way of answering.
 *
 * @module
 */
import type { SyscallError } from "../../sys/errors.ts";
import type { Transport } from "../../sys/inet.ts";
import { type Address, formatAddress } from "../address.ts";
import { NetworkError } from "../network_error.ts";

/** A place to answer queries at that cannot be had. */
export class DnsListenError extends NetworkError {
  /** Tells it from other errors. */
  override readonly name = "DnsListenError";

  /** Says what stands in the way, and what helps. */
  constructor(
    /** The network. */
    readonly network: string,
    /** Its bridge. */
    readonly bridge: string,
    /** Where. */
    readonly address: Address,
    /** How. */
    readonly transport: Transport,
    /** The refusal; its `code` tells EADDRINUSE from others. */
    override readonly cause: SyscallError,
  ) {
    const reason = REASONS.get(cause.code)?.(bridge) ?? cause.message;
    super(
      `cannot answer DNS queries of network "${network}" on ` +
        `${formatAddress(address)} by ${transport}: ${reason}`,
      { cause },
    );
  }
}

const REASONS = new Map<string, (bridge: string) => string>([
  [
    "EADDRINUSE",
    (bridge) =>
      "another server has the port, perhaps on every address; have it leave out " +
      `${bridge} (dnsmasq: bind-dynamic and except-interface=${bridge})`,
  ],
  [
    "ENODEV",
    (bridge) => `there is no link ${bridge}; bring the network up first`,
  ],
]);
