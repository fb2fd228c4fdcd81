/**
 * Passing on what arrives at a port of the host's own loopback.
 *
 * Where br_netfilter has packets that pass a bridge go through the rules for
 * routed ones (net.bridge.bridge-nf-call-ip6tables), a container's answer to ::1
 * gets its old address back too early: the kernel drops what comes to ::1 by a
 * link. So such a port is led to a process that asks the container itself.
 *
 * @module
 */
import type { Transport } from "../../sys/inet.ts";
import type { Address } from "../address.ts";

/** Where it is passed on to. */
export interface RelayTarget {
  readonly address: Address;
  readonly port: number;
}

/** Something that passes on until it is disposed of. */
export interface Relay extends Disposable {
  /** On ::1; it takes what arrives there. */
  readonly port: number;
}

/**
 * Starts to pass on.
 *
 * @throws {Deno.errors.AddrNotAvailable | SyscallError} where there is no ::1
 */
export async function relay(
  transport: Exclude<Transport, "sctp">,
  target: RelayTarget,
): Promise<Relay> {
  if (transport === "tcp") {
    const { relayConnections } = await import("./connections.ts");
    return relayConnections(target);
  }
  const { relayDatagrams } = await import("./datagrams.ts");
  return relayDatagrams(target);
}
