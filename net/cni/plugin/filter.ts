/**
 * The elements that a network's attachments have in rkl's tables of nf_tables.
 *
 * @module
 */
import { ifSupported } from "../../../sys/netlink.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import { dropElements } from "../../nftables/owned_table.ts";
import { CNI_CODE, CniError } from "../error.ts";
import type { BridgeConfig } from "./config.ts";
import { MAC_GUARD } from "./mac_guard.ts";
import { MASQUERADE } from "./masquerade.ts";

/**
 * A socket to nf_tables, where a configuration needs it; undefined elsewhere.
 *
 * @throws {CniError} UNSUPPORTED_FIELD where the kernel has no nf_tables
 */
export function openFilter(
  { masquerade, guardsMac }: BridgeConfig,
): NetlinkSocket | undefined {
  if (!masquerade && !guardsMac) return undefined;
  const socket = ifSupported(() => new NetlinkSocket("NETFILTER"));
  if (socket) return socket;
  const field = masquerade ? "ipMasq" : "macspoofchk";
  throw new CniError(
    CNI_CODE.UNSUPPORTED_FIELD,
    `${field} true is not supported: the kernel has no nf_tables ` +
      "(CONFIG_NF_TABLES)",
  );
}

/** Removes the elements whose owners `isGone` tells. */
export function dropOwned(
  config: BridgeConfig,
  isGone: (owner: string) => boolean,
): void {
  using socket = openFilter(config);
  if (!socket) return;
  if (config.masquerade) dropElements(socket, MASQUERADE, isGone);
  if (config.guardsMac) dropElements(socket, MAC_GUARD, isGone);
}
