/**
 * Settling what the interface of a new network is called. Touches nothing.
 *
 * @module
 */
import { checkLinkName } from "./link_name.ts";
import {
  DEFAULT_INTERFACE,
  DEFAULT_NETWORK,
  type Network,
  type NetworkVlan,
} from "./network.ts";
import { NetworkError } from "./network_error.ts";
import type { NetworkOptions } from "./network_options.ts";

/**
 * The host's interface on a network without VLANs: the one an option names, or
 * one of its own.
 *
 * @throws {InvalidLinkNameError}
 * @throws {NetworkError} when another network has it
 */
export function chooseInterface(
  name: string,
  id: string,
  { interface: wish }: NetworkOptions,
  networks: readonly Network[],
): string {
  const ownerOf = (name: string) =>
    networks.find(({ interface: link, vlan }) =>
      name === link || name === vlan?.bridge
    )?.name;
  if (wish !== undefined) {
    const owner = ownerOf(checkLinkName(wish));
    if (owner === undefined) return wish;
    throw new NetworkError(
      `cannot use the interface ${wish}: network "${owner}" has it`,
    );
  }
  const isDefault = name === DEFAULT_NETWORK &&
    ownerOf(DEFAULT_INTERFACE) === undefined;
  return isDefault ? DEFAULT_INTERFACE : interfaceOf(id);
}

/** The interface of a network by its id. */
export function interfaceOf(id: string): string {
  return `rkl-${id.slice(0, 8)}`;
}

/**
 * The name of the network's interface on the bridge.
 *
 * @throws {NetworkError} when it is too long, or another network has that VLAN
 */
export function vlanInterface(
  { bridge, host }: NetworkVlan,
  networks: readonly Network[],
): string {
  const name = `${bridge}.${host}`;
  const spare = 15 - `.${host}`.length;
  if (new TextEncoder().encode(bridge).length > spare) {
    throw new NetworkError(
      `cannot have VLAN ${host} on ${bridge}: the interface would be ${name}, ` +
        `and a name has up to 15 bytes; take a bridge's name of up to ${spare}`,
    );
  }
  const owner = networks.find((network) => network.interface === name);
  if (!owner) return name;
  throw new NetworkError(
    `cannot have VLAN ${host} on ${bridge}: network "${owner.name}" has it`,
  );
}
