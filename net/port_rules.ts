/**
 * What only some ports of bridges need: VLANs, and the kernel to look at what
 * is sent.
 *
 * @module
 */
import { type Guarded, macFor, type PortRules } from "./attach.ts";
import { findLink } from "./netlink/find_link.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import type { GuardedPort } from "./nftables/spoof_table.ts";
import { guardPorts } from "./spoof_guard.ts";
import { joinVlans } from "./vlan.ts";

/** The rules of ports, for `attach()`. */
export const PORT_RULES: PortRules = { guardEndpoints, joinVlans };

/**
 * Has the kernel look at what is sent by those endpoints that ask for it, as far
 * as they are there; the calling thread is in the bridges' namespace. Returns
 * whether it did not, for one or more of them.
 *
 * @throws {NetlinkError | NoSpoofGuardError}
 */
export function guardEndpoints(endpoints: readonly Guarded[]): boolean {
  const guarded = endpoints.filter(({ spoofCheck }) => spoofCheck);
  if (guarded.length === 0) return false;
  using host = new NetlinkSocket("ROUTE");
  return guardPorts(host, guarded.flatMap((one) => guardedPort(host, one)));
}

function guardedPort(host: NetlinkSocket, guarded: Guarded): GuardedPort[] {
  const { port, addresses, spoofCheck } = guarded;
  const link = findLink(host, port.name);
  if (link?.alias !== port.note) return []; // gone, or another's
  return [{
    index: link.index,
    mac: macFor(guarded),
    ...(spoofCheck === "ip" && {
      addresses: addresses.map(({ address }) => address),
    }),
  }];
}
