/**
 * VLANs of a bridge: whether the kernel and the bridge keep them apart, and
 * which a port is in.
 *
 * @module
 */
import type { NetlinkSocket } from "../../netlink/socket.ts";
import {
  addVlan,
  decodeVlans,
  deleteVlan,
  listVlans,
} from "../../netlink/vlan.ts";
import { filtersVlans } from "../../vlan_bridge.ts";
import { CNI_CODE, CniError } from "../error.ts";
import { findLink } from "../../netlink/find_link.ts";
import type { BridgeConfig } from "./config.ts";
import type { PortVlans } from "./plan.ts";

/**
 * Makes sure that the VLANs of a configuration will be kept apart. Nothing is
 * made on the host.
 *
 * @throws {CniError} UNSUPPORTED_FIELD, or INVALID_CONFIG for a bridge that is
 * there without
 */
export function requireVlans(
  socket: NetlinkSocket,
  { vlan, trunk, bridge }: BridgeConfig,
): void {
  if (vlan === undefined && trunk.length === 0) return;
  const link = findLink(socket, bridge);
  if (link?.bridge?.vlanFiltering) return;
  const field = vlan === undefined ? "vlanTrunk" : `vlan ${vlan}`;
  if (!filtersVlans()) {
    throw new CniError(
      CNI_CODE.UNSUPPORTED_FIELD,
      `${field} is not supported: the kernel does not keep VLANs of a bridge ` +
        "apart (CONFIG_BRIDGE_VLAN_FILTERING)",
      "take a kernel with it, or a bridge of its own for each network",
    );
  }
  if (link?.kind !== "bridge") return;
  throw new CniError(
    CNI_CODE.INVALID_CONFIG,
    "invalid network configuration",
    `${field}: the bridge ${bridge} is there and does not filter VLANs; ` +
      "choose another, or turn it on with " +
      `"ip link set ${bridge} type bridge vlan_filtering 1"`,
  );
}

/** Puts a port of a bridge into VLANs. */
export function setVlans(
  socket: NetlinkSocket,
  index: number,
  { untagged, tagged, exclusive }: PortVlans,
): void {
  const given = exclusive
    ? socket.dump(listVlans()).map(decodeVlans)
      .filter((port) => port.index === index)
      .flatMap(({ vlans }) => vlans.map(({ id }) => id))
    : [];
  socket.batch([
    ...given.map((id) => deleteVlan(index, { id })),
    ...tagged.map(([id, last]) => addVlan(index, { id, last })),
    ...(untagged === undefined
      ? []
      : [addVlan(index, { id: untagged, pvid: true, untagged: true })]),
  ]);
}
