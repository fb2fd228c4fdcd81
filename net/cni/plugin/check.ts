/**
 * CHECK and STATUS: whether an attachment is still as ADD made it, and whether
 * ADD could make one.
 *
 * @module
 */
import { sameAddress } from "../../address.ts";
import { decodeAddress, listAddresses } from "../../netlink/address.ts";
import type { Link } from "../../netlink/link.ts";
import { decodeRoute, listRoutes, type Route } from "../../netlink/route.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import { hasElements } from "../../nftables/owned_table.ts";
import { formatPrefix, networkOf } from "../../prefix.ts";
import { CNI_CODE, CniError } from "../error.ts";
import type { CniRoute } from "../fields.ts";
import { type CniInterface, type CniResult, parseResult } from "../result.ts";
import { findLink } from "../../netlink/find_link.ts";
import type { BridgeConfig } from "./config.ts";
import type { Attachment } from "./environment.ts";
import { openFilter } from "./filter.ts";
import type { Ipam } from "./ipam.ts";
import { guardElements, MAC_GUARD } from "./mac_guard.ts";
import { MASQUERADE, masqueradeElements } from "./masquerade.ts";
import type { Container } from "./netns.ts";
import { ownerNote } from "./owner.ts";
import { requireVlans } from "./vlan.ts";

/**
 * Makes sure that all that `prevResult` lists is there, and the rules that it
 * does not list.
 *
 * @throws {CniError} which says what is missing or different
 */
export async function checkAttachment(
  config: BridgeConfig,
  attachment: Attachment,
  container: Container,
  ipam: Ipam | undefined,
): Promise<void> {
  if (config.prevResult === undefined) {
    throw new CniError(
      CNI_CODE.INVALID_CONFIG,
      "invalid network configuration",
      "prevResult: missing; CHECK compares with it",
    );
  }
  const result = parseResult(config.prevResult, "prevResult");
  await ipam?.check(attachment);
  using host = new NetlinkSocket("ROUTE");
  const bridge = checkBridge(host, config, result);
  const inside = checkInside(container, attachment, result);
  const port = checkPort(host, bridge, inside, result);
  if (config.ipam) {
    checkAddresses(container, inside, result);
    checkRoutes(container, result);
  }
  checkFilter(config, attachment, result, port, inside);
}

/**
 * Makes sure that ADD could serve.
 *
 * @throws {CniError} UNAVAILABLE
 */
export async function checkStatus(
  config: BridgeConfig,
  ipam: Ipam | undefined,
): Promise<void> {
  try {
    using host = new NetlinkSocket("ROUTE");
    using _filter = openFilter(config);
    requireVlans(host, config);
    await ipam?.status();
  } catch (error) {
    if (!(error instanceof CniError)) throw error;
    throw new CniError(CNI_CODE.UNAVAILABLE, error.msg, error.details, {
      cause: error,
    });
  }
}

function checkBridge(
  host: NetlinkSocket,
  { bridge: name, promiscuous }: BridgeConfig,
  { interfaces }: CniResult,
): Link {
  const link = findLink(host, name);
  if (link?.kind !== "bridge") {
    return fail(`the bridge ${name} is ${link ? "no bridge" : "missing"}`);
  }
  if (!link.up) fail(`the bridge ${name} is down`);
  if (promiscuous && !link.promiscuous) {
    fail(`the bridge ${name} is not in promiscuous mode`);
  }
  compareMac(link, interfaces.find((one) => one.name === name && !one.sandbox));
  return link;
}

function checkInside(
  { socket, netns }: Container,
  { ifname }: Attachment,
  { interfaces }: CniResult,
): Link {
  const told = interfaces.find(({ name, sandbox }) =>
    name === ifname && sandbox === netns.path
  );
  if (!told) return fail(`prevResult has no ${ifname} in ${netns.path}`);
  const link = findLink(socket, ifname);
  if (link?.kind !== "veth") {
    return fail(
      `${ifname} in ${netns.path} is ${link ? "no veth" : "missing"}`,
    );
  }
  compareMac(link, told);
  return link;
}

/** The port is that of prevResult's interfaces which is the pair's other end. */
function checkPort(
  host: NetlinkSocket,
  bridge: Link,
  inside: Link,
  { interfaces }: CniResult,
): Link {
  for (const told of interfaces) {
    if (told.sandbox || told.name === bridge.name) continue;
    const link = findLink(host, told.name);
    if (link?.index !== inside.peer || link?.peer !== inside.index) continue;
    if (link.master !== bridge.index) {
      fail(`${link.name} is no port of the bridge ${bridge.name}`);
    }
    compareMac(link, told);
    return link;
  }
  return fail(
    `no interface of prevResult is the other end of the container's ` +
      inside.name,
  );
}

function checkAddresses(
  { socket }: Container,
  inside: Link,
  { ips, interfaces }: CniResult,
): void {
  const there = socket.dump(listAddresses({ index: inside.index }))
    .map(decodeAddress).filter(({ index }) => index === inside.index)
    .map(({ prefix }) => formatPrefix(prefix));
  for (const ip of ips) {
    const on = ip.interface === undefined
      ? undefined
      : interfaces[ip.interface];
    if (on && on.name !== inside.name) continue;
    const text = formatPrefix(ip.address);
    if (!there.includes(text)) fail(`${inside.name} has no address ${text}`);
  }
}

function checkRoutes({ socket }: Container, { routes }: CniResult): void {
  const there = socket.dump(listRoutes()).map(decodeRoute);
  for (const route of routes) {
    if (there.some((one) => isRoute(one, route))) continue;
    fail(`there is no route to ${formatPrefix(route.dst)}`);
  }
}

function isRoute({ to, hops, table }: Route, wanted: CniRoute): boolean {
  const { dst, gw } = wanted;
  return formatPrefix(networkOf(to)) === formatPrefix(networkOf(dst)) &&
    (wanted.table === undefined || table === wanted.table) &&
    (!gw?.value || hops.some(({ via }) => via && sameAddress(via, gw)));
}

function checkFilter(
  config: BridgeConfig,
  attachment: Attachment,
  { ips }: CniResult,
  port: Link,
  inside: Link,
): void {
  using filter = openFilter(config);
  if (!filter) return;
  const note = ownerNote(config.name, attachment);
  const addresses = ips.map(({ address }) => address);
  const masquerade = masqueradeElements(addresses, note);
  if (config.masquerade && !hasElements(filter, MASQUERADE, masquerade)) {
    fail("the rules of ipMasq are missing in the table inet rkl_cni");
  }
  const guard = guardElements(port.name, inside.mac ?? "", note);
  if (config.guardsMac && !hasElements(filter, MAC_GUARD, guard)) {
    fail("the rules of macspoofchk are missing in the table bridge rkl_cni");
  }
}

function compareMac(link: Link, told: CniInterface | undefined): void {
  if (!told?.mac || told.mac.toLowerCase() === link.mac) return;
  fail(`${link.name} has the Ethernet address ${link.mac}, not ${told.mac}`);
}

function fail(problem: string): never {
  throw new CniError(CNI_CODE.INTERNAL, "the attachment is not whole", problem);
}
