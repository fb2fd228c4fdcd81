/**
 * Publishing ports: elements of rkl's table, and the ways to them that the
 * host's own loopback needs.
 *
 * @module
 */
import { openFilter } from "./firewall.ts";
import { forgetFlows, UntoldFlowsError } from "./forget_flows.ts";
import { lockHostNetwork } from "./host_lock.ts";
import { hasCode, tolerate } from "./netlink/errors.ts";
import { readLink } from "./netlink/find_link.ts";
import { addRoute, RT_TABLE, RTN } from "./netlink/route.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import {
  boundAddress,
  type PublishedPort,
  samePort,
} from "./nftables/description.ts";
import {
  addPorts,
  PortTakenError,
  readRuleset,
  removePorts,
} from "./nftables/firewall.ts";
import { mend } from "./nftables/mend.ts";
import { containsAddress, parsePrefix } from "./prefix.ts";
import { ensureSetting, kernelSysctls, type Sysctls } from "./sysctl.ts";

/** Loopback, per IP version. */
const LOOPBACK = {
  4: parsePrefix("127.0.0.0/8"),
  6: parsePrefix("::1/128"),
} as const;

/**
 * Publishes ports of containers behind a bridge. The caller holds the ports
 * themselves, so whoever the table has there is no more.
 *
 * @throws {InvalidPortError}
 * @throws {NetlinkError}
 * @throws {FixedSettingError} for a port of loopback
 * @throws {UntoldFlowsError} for one of UDP; none is published then
 */
export function publishPorts(
  bridge: string,
  ports: readonly PublishedPort[],
  sysctls: Sysctls = kernelSysctls,
  forget: typeof forgetFlows = forgetFlows,
): void {
  openLoopback(bridge, ports, sysctls);
  using socket = openFilter();
  if (!socket) return;
  using _lock = lockHostNetwork();
  try {
    addPorts(socket, ports);
  } catch (error) {
    if (error instanceof PortTakenError) {
      const there = readRuleset(socket)?.ports ?? [];
      removePorts(socket, there.filter((one) => isAmong(ports, one)));
    } else if (!hasCode(error, "ENOENT")) {
      throw error;
    }
    // Others may remove the table at any time. What it says of networks the
    // daemon puts back.
    mend(socket, { networks: [], ports });
  }
  try {
    // Who kept sending while nobody was there has a flow that ends at the host.
    forgetDatagrams(socket, ports, forget);
  } catch (error) {
    removePorts(socket, ports);
    throw error;
  }
}

/**
 * Datagrams follow the flow they once began, whatever the table says by now;
 * connections of TCP end by themselves.
 */
function forgetDatagrams(
  socket: NetlinkSocket,
  ports: readonly PublishedPort[],
  forget: typeof forgetFlows,
): void {
  const datagrams = ports.filter(({ protocol }) => protocol === "udp");
  if (datagrams.length === 0) return;
  forget(socket, {
    ports: datagrams.map((port) => {
      const address = boundAddress(port);
      return { port: port.hostPort, ...(address && { address }) };
    }),
  });
}

function isAmong(ports: readonly PublishedPort[], one: PublishedPort): boolean {
  return ports.some((port) => samePort(port, one));
}

/** All ports that rkl's table leads to containers, of every store. */
export function readPublished(): readonly PublishedPort[] {
  using socket = openFilter();
  return (socket && readRuleset(socket)?.ports) ?? [];
}

/**
 * Whether a container's answer comes back to the host's ::1. Where br_netfilter
 * looks at what passes a bridge, it does not; see `relay/relay.ts`.
 */
export function isLoopbackAnswered(sysctls: Sysctls = kernelSysctls): boolean {
  return sysctls.read("bridge/bridge-nf-call-ip6tables") !== "1";
}

/** Who has published a port of the host, on whatever address. */
export function findPortOwner(
  transport: string,
  port: number,
): string | undefined {
  return readPublished().find(({ protocol, hostPort }) =>
    protocol === transport && hostPort === port
  )?.owner;
}

/** Publishes ports no longer, those that their owners still have. */
export function withdrawPorts(
  ports: readonly PublishedPort[],
  forget: typeof forgetFlows = forgetFlows,
): void {
  using socket = openFilter();
  if (!socket) return;
  using _lock = lockHostNetwork();
  removePorts(socket, ports);
  try {
    forgetDatagrams(socket, ports, forget);
  } catch (error) {
    // Then there are none: the ports were not published.
    if (!(error instanceof UntoldFlowsError)) throw error;
  }
}

/**
 * Has the kernel pass packets from the host's loopback on to the bridge, for
 * ports that are published there. Goes with the bridge.
 */
function openLoopback(
  bridge: string,
  ports: readonly PublishedPort[],
  sysctls: Sysctls,
): void {
  const families = new Set(
    ports.filter(reachesLoopback).map(({ address }) => address.family),
  );
  if (families.has(4)) {
    // The table's first rule keeps containers out of it; see `ruleset.ts`.
    ensureSetting(sysctls, {
      path: `ipv4/conf/${bridge}/route_localnet`,
      value: "1",
      who: "a port of loopback",
      helps: "publish on another address of the host, as -p IP:8080:80",
    });
  }
  if (families.has(6)) {
    using socket = new NetlinkSocket("ROUTE");
    const { index } = readLink(socket, bridge);
    const route = addRoute({
      to: LOOPBACK[6],
      index,
      table: RT_TABLE.LOCAL,
      type: RTN.LOCAL,
      metric: BEHIND_LO + index,
    });
    tolerate(socket.tryBatch([route]), "EEXIST");
  }
}

/** The metric of lo's own route is 0; each bridge's is another. */
const BEHIND_LO = 2000;

function reachesLoopback(port: PublishedPort): boolean {
  const host = boundAddress(port);
  return !host || containsAddress(LOOPBACK[host.family], host);
}
