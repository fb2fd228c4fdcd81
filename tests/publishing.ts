/**
 * Places where containers publish ports, and others who connect to them.
 *
 * @module
 */
import { parseAddress } from "../net/address.ts";
import { addAddress } from "../net/netlink/address.ts";
import { addVeth, setLink } from "../net/netlink/link.ts";
import { addRoute, DEFAULT_ROUTE } from "../net/netlink/route.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { inNetns, type NetnsRef, newNetns } from "../net/netns.ts";
import { reach } from "../net/nftables/testing_sockets.ts";
import { parsePrefix } from "../net/prefix.ts";
import type { Fd } from "../sys/fd.ts";
import { succeeded } from "./container.ts";
import { type Place, place } from "./netns.ts";

/** The host's addresses towards others. */
export const HOST = ["192.0.2.1", "2001:db8::1"] as const;
/** Another host's. */
export const OTHER = ["192.0.2.2", "2001:db8::2"] as const;
/** The network's. */
const SUBNETS = ["10.9.8.0/24", "fd09::/64"] as const;
/** The host's on the network. */
export const BRIDGE = ["10.9.8.1", "fd09::1"] as const;

/** How long a packet that must not come is waited for, in milliseconds. */
export const NOT_LONG = 100;

/** Makes another host beside the place; its namespace. */
export function otherHost(here: Place): Fd {
  const netns = newNetns();
  const six = ["ipv6/conf/default/accept_dad"];
  const noDad = () => six.forEach((name) => setSysctl(name, "0"));
  here.inside(noDad);
  inNetns(netns, noDad);
  here.socket.request(
    addVeth({ name: "up0", index: 500, up: true }, {
      name: "eth0",
      index: 2,
      netns,
    }),
  );
  const prefixes = (addresses: readonly string[]) => [
    parsePrefix(`${addresses[0]}/24`),
    parsePrefix(`${addresses[1]}/64`),
  ];
  here.socket.batch(prefixes(HOST).map((prefix) => addAddress(500, prefix)));
  using inside = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  inside.batch([
    setLink("lo", { up: true }),
    setLink(2, { up: true }),
    ...prefixes(OTHER).map((prefix) => addAddress(2, prefix)),
    ...HOST.map(parseAddress).map((via) =>
      addRoute({ to: DEFAULT_ROUTE[via.family], via, index: 2 })
    ),
  ]);
  return netns;
}

function setSysctl(name: string, value: string): void {
  Deno.writeTextFileSync(`/proc/sys/net/${name}`, value);
}

/** A place where containers have IPv4 and IPv6, and loopback is up. */
export async function withNetwork(): Promise<Place> {
  const here = place();
  here.socket.request(setLink("lo", { up: true }));
  // Else the first start says that it has turned these on.
  here.inside(() =>
    ["ipv4/ip_forward", "ipv6/conf/all/forwarding"]
      .forEach((name) => setSysctl(name, "1"))
  );
  const subnets = SUBNETS.flatMap((subnet) => ["--subnet", subnet]);
  succeeded(await here.network("create", ...subnets, "front"));
  return here;
}

/** Runs a container in the background. */
export async function run(here: Place, name: string, ...words: string[]) {
  await here.start(name, "--network", "front", ...words);
  return await pidOf(here, name);
}

/** The pid of a container's init. */
export async function pidOf(here: Place, name: string): Promise<number> {
  const { stdout } = await here.rkl("container", "inspect", name);
  return JSON.parse(stdout)[0].rkl.pid;
}

/** What `container port` prints, a line an item. */
export async function portsOf(here: Place, name: string, ...words: string[]) {
  const result = await here.rkl("container", "port", name, ...words);
  return succeeded(result).trimEnd().split("\n");
}

/** Whom a server takes a client for. */
export function connect(
  from: NetnsRef,
  server: Fd,
  to: string,
  port: number,
  patience = 3000,
): string | undefined {
  return reach(from, server, { protocol: "tcp", to, port, patience });
}
