/**
 * The bridge in the kernel: found or made, and given the host's addresses. It
 * stays when its last port goes, as that of the reference plugin does.
 *
 * @module
 */
import { formatMac } from "../../mac.ts";
import {
  addAddress,
  decodeAddress,
  deleteAddress,
  listAddresses,
} from "../../netlink/address.ts";
import { addBridge } from "../../netlink/bridge.ts";
import { tolerate } from "../../netlink/errors.ts";
import { findLink, readLink } from "../../netlink/find_link.ts";
import { type Link, setLink } from "../../netlink/link.ts";
import type { Request } from "../../netlink/message.ts";
import type { NetlinkSocket } from "../../netlink/socket.ts";
import {
  containsAddress,
  formatPrefix,
  overlaps,
  type Prefix,
} from "../../prefix.ts";
import { isReadOnly, kernelSysctls } from "../../sysctl.ts";
import { CNI_CODE, CniError } from "../error.ts";
import type { BridgePlan } from "./plan.ts";

/** What a bridge has before it takes its first port's. */
const NO_MAC = "00:00:00:00:00:00";

/**
 * Brings the bridge up, in the network namespace of the calling thread. One
 * that is there is used as it is.
 *
 * @throws {CniError} when another interface has its name
 */
export function raiseBridge(socket: NetlinkSocket, plan: BridgePlan): Link {
  const { name, promiscuous } = plan;
  const link = findLink(socket, name) ?? makeBridge(socket, plan);
  if (link.kind !== "bridge") {
    throw new CniError(
      CNI_CODE.INVALID_CONFIG,
      "invalid network configuration",
      `bridge: ${name} is an interface that is no bridge ` +
        `(${link.kind ?? "a device"}); choose another name`,
    );
  }
  const isMissing = promiscuous && !link.promiscuous;
  if (link.up && !isMissing) return link;
  // A container may claim to be a router, which the host is not to believe.
  if (!link.up) trySysctl(`ipv6/conf/${name}/accept_ra`, "0");
  socket.request(
    setLink(link.index, {
      up: true,
      ...(promiscuous && { promiscuous }),
    }),
  );
  return link;
}

/**
 * Gives a link the host's addresses on a network.
 *
 * @throws {CniError} when other addresses are in the way
 */
export function ensureAddresses(
  socket: NetlinkSocket,
  link: Link,
  wanted: readonly Prefix[],
  force: boolean,
): void {
  if (wanted.length === 0) return;
  const there = socket.dump(listAddresses({ index: link.index }))
    .map(decodeAddress)
    .filter(({ index }) => index === link.index)
    .map(({ prefix }) => prefix);
  const missing = wanted.filter((prefix) =>
    !there.some((other) => formatPrefix(other) === formatPrefix(prefix))
  );
  const inTheWay = there.filter((other) =>
    missing.some((prefix) => excludes(other, prefix))
  );
  if (inTheWay.length > 0 && !force) {
    throw new CniError(
      CNI_CODE.INTERNAL,
      `cannot give ${link.name} the address ${missing.map(formatPrefix)}`,
      `it has ${inTheWay.map(formatPrefix)}; forceAddress: true replaces it`,
    );
  }
  if (missing.length === 0) return;
  // A bridge somebody made without ports had none until now.
  const mac = findLink(socket, link.name)?.mac;
  unlessThere(socket, [
    ...inTheWay.map((prefix) => deleteAddress(link.index, prefix)),
    ...missing.map((prefix) => addAddress(link.index, prefix)),
    // Set, it no longer changes with the ports.
    ...(mac && mac !== NO_MAC ? [setLink(link.index, { mac })] : []),
  ]);
}

/** Writes a setting, where there is one and it can be changed. */
export function trySysctl(name: string, value: string): void {
  if (kernelSysctls.read(name) === undefined) return;
  try {
    kernelSysctls.write(name, value);
  } catch (error) {
    if (!isReadOnly(error)) throw error;
  }
}

/** Makes the bridge, unless another process has done so meanwhile. */
function makeBridge(socket: NetlinkSocket, plan: BridgePlan): Link {
  const { name, mtu, filtersVlans } = plan;
  const { mac = randomMac() } = plan;
  const options = filtersVlans ? { vlanFiltering: true } : {};
  unlessThere(socket, [
    addBridge({ name, mac, ...(mtu !== undefined && { mtu }) }, options),
  ]);
  return readLink(socket, name);
}

/** Carries requests out; what they make may be there already. */
function unlessThere(socket: NetlinkSocket, requests: Request[]): void {
  tolerate(socket.tryBatch(requests), "EEXIST", "EADDRNOTAVAIL");
}

/** A link has one network of IPv4, and of IPv6 several beside each other. */
function excludes(other: Prefix, wanted: Prefix): boolean {
  const { family } = other.address;
  if (family !== wanted.address.family) return false;
  return family === 4 || overlaps(other, wanted) ||
    containsAddress(other, wanted.address);
}

/** Local, as IEEE 802 has it. */
function randomMac(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  bytes[0] = 0x02;
  return formatMac(bytes);
}
