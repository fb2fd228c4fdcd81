/**
 * Connecting a container's network namespace to bridges.
 *
 * Each connection is a veth pair: one end is a port of the bridge, the other is
 * made directly in the container's namespace. The pair vanishes with either, so
 * nothing has to be taken apart when the container ends.
 *
 * @module
 */
import type { Fd } from "../sys/fd.ts";
import { fnv1a } from "../sys/hash.ts";
import type { Address } from "./address.ts";
import { macOf } from "./mac.ts";
import { inNetns } from "./netns.ts";
import { addAddress } from "./netlink/address.ts";
import { setPort } from "./netlink/bridge.ts";
import { NetlinkError } from "./netlink/errors.ts";
import {
  addVeth,
  decodeLink,
  deleteLink,
  getLink,
  setLink,
} from "./netlink/link.ts";
import { addRoute, DEFAULT_ROUTE } from "./netlink/route.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import type { Prefix } from "./prefix.ts";

/** A container's place on a network. */
export interface Endpoint {
  /** The index of the bridge. */
  readonly bridge: number;
  /** What the port of the bridge is called; see {@linkcode portName}. */
  readonly port: string;
  /** What the container calls its end: `eth0`. */
  readonly name: string;
  /** Its addresses there, with the length of the network's prefix. */
  readonly addresses: readonly Prefix[];
  /** Where packets for elsewhere go, one for each family that leads there. */
  readonly gateways: readonly Address[];
  /** Bytes of payload in a frame; the kernel's 1500 unless given. */
  readonly mtu?: number;
  /** That of the first address unless given. */
  readonly mac?: string;
  /** Whether it may reach no other port of the bridge but the bridge itself. */
  readonly isolated?: boolean;
}

/**
 * The name of a container's port on a network, the same each time, so that what
 * an interrupted connection left is found by the next.
 */
export function portName(container: string, network: string): string {
  return `veth${fnv1a(`${container}\0${network}`)}`;
}

/**
 * Connects the namespace `netns` to each bridge, which is up and in the calling
 * thread's namespace. What was half made by somebody who was killed is made
 * anew.
 *
 * @throws {NetlinkError} when the kernel refuses; the pairs made until then
 * vanish with the namespace
 */
export function attach(netns: Fd, endpoints: readonly Endpoint[]): void {
  using host = new NetlinkSocket("ROUTE");
  for (const endpoint of endpoints) addPair(host, netns, endpoint);
  using inside = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  for (const endpoint of endpoints) {
    const [answer] = inside.request(getLink(endpoint.name));
    const { index } = decodeLink(answer!);
    inside.batch([
      setLink(index, { up: true }),
      ...endpoint.addresses.map((prefix) => addAddress(index, prefix)),
      ...endpoint.gateways.map((via) =>
        addRoute({ to: DEFAULT_ROUTE[via.family], via, index })
      ),
    ]);
  }
}

function addPair(host: NetlinkSocket, netns: Fd, endpoint: Endpoint): void {
  const { bridge, port, name, isolated = false } = endpoint;
  const mac = endpoint.mac ?? macOf(endpoint.addresses[0]!.address);
  const mtu = endpoint.mtu === undefined ? {} : { mtu: endpoint.mtu };
  const pair = [
    addVeth(
      { name: port, master: bridge, up: true, ...mtu },
      { name, mac, netns, ...mtu },
    ),
    // A container may reach itself by a port the host publishes for it.
    setPort(port, { hairpin: true, isolated }),
  ];
  const [made] = host.tryBatch(pair.slice(0, 1));
  if (made instanceof NetlinkError && made.code === "EEXIST") {
    host.batch([deleteLink(port), ...pair]);
  } else if (made instanceof Error) throw made;
  else host.batch(pair.slice(1));
}
