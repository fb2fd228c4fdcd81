/**
 * Settling which VLANs a new network has, and on which bridge. Touches nothing.
 *
 * @module
 */
import { checkLinkName } from "./link_name.ts";
import type { Network, NetworkVlan } from "./network.ts";
import { NetworkError } from "./network_error.ts";
import type { NetworkOptions } from "./network_options.ts";
import { DEFAULT_VLAN } from "./vlan.ts";

/**
 * The VLANs of a network, if it has any. The bridge an option names may have
 * networks of other VLANs.
 *
 * @throws {NetworkError}
 * @throws {InvalidLinkNameError} for the bridge that an option names
 */
export function planVlan(
  id: string,
  access: number | undefined,
  options: NetworkOptions,
  networks: readonly Network[],
): NetworkVlan | undefined {
  const { interface: wish, trunk, preserveDefaultVlan } = options;
  if (access === undefined && trunk === undefined) {
    if (preserveDefaultVlan === undefined) return undefined;
    throw new NetworkError(
      "preserve-default-vlan says nothing without vlan or vlan-trunk",
    );
  }
  if (access !== undefined && trunk !== undefined) {
    throw new NetworkError(
      "a network has either vlan, whose frames have no tag in the containers, " +
        "or vlan-trunk, whose have; it cannot have both",
    );
  }
  // With the longest number behind it, a name has 15 bytes.
  const bridge = checkLinkName(wish ?? `rkl-${id.slice(0, 6)}`);
  const owner = networks.find(({ interface: link, vlan }) =>
    link === bridge && vlan === undefined
  );
  if (owner) {
    throw new NetworkError(
      `cannot have VLANs on ${bridge}: network "${owner.name}" has it as a ` +
        "whole",
    );
  }
  return {
    bridge,
    host: access ?? DEFAULT_VLAN,
    ...(access !== undefined && { access }),
    ...(trunk && { trunk }),
    // A trunk port has no other way to the gateway. On an access port the
    // default VLAN would lead to the other networks of the bridge.
    preserveDefault: preserveDefaultVlan ?? trunk !== undefined,
  };
}
