/**
 * Hosts with two containers on a bridge, and another host beside each: one as
 * rkl makes it, and the same by hand with ip(8) and nft(8). All of it is in
 * network namespaces of its own.
 *
 * @module
 */
import { listLeases } from "../../net/ipam.ts";
import { findNetwork, networkDirectory } from "../../net/network_store.ts";
import { type NetnsRef, newNetns, openNetns } from "../../net/netns.ts";
import type { Store } from "../../runtime/store.ts";
import type { Fd } from "../../sys/fd.ts";
import { outputIn } from "./commands.ts";

const project = new URL("../../", import.meta.url).pathname;

/** The port that the server has, and the host publishes. */
export const PORT = 5201;

/** The host, as the other host sees it. */
export const HOST = "192.0.2.1";

/** A way to a server in a container. */
export interface Path {
  readonly host: Fd;
  /** On the bridge, like the server. */
  readonly client: Fd;
  readonly server: Fd;
  /** Another host. */
  readonly outside: Fd;
  /** The bridge's interface. */
  readonly bridge: string;
  /** The server's address. */
  readonly address: string;
}

/** By rkl's commands; everything goes with the stack. */
export async function rklPath(
  stack: AsyncDisposableStack,
  directory: string,
): Promise<Path> {
  const { host, outside } = await twoHosts(stack);
  const store: Store = {
    root: `${directory}/run`,
    dataRoot: `${directory}/data`,
  };
  const rkl = (...words: string[]) =>
    outputIn(host, `${project}dist/rkl`, ...roots, ...words);
  const roots = ["--root", store.root, "--data-root", store.dataRoot];
  const network = "bench";
  await rkl("network", "create", network);
  const run = async (name: string, ...flags: string[]) => {
    stack.defer(async () => {
      await rkl("container", "delete", "--force", name);
    });
    const words = ["run", "-d", "--name", name, "--network", network, ...flags];
    const image = `${project}bundles/busybox`;
    await rkl("container", ...words, image, "sleep", "1000");
    const { id, pid } = JSON.parse(await rkl("container", "state", name));
    return { id, netns: stack.use(openNetns(pid)) };
  };
  const { id, netns: server } = await run("server", "-p", `${PORT}:${PORT}`);
  const { netns: client } = await run("client");
  const leases = listLeases(networkDirectory(store, network));
  const { address } = leases.find(({ owner }) => owner === id)!;
  const { interface: bridge } = findNetwork(store, network);
  return { host, client, server, outside, bridge, address };
}

/** By hand. */
export async function handPath(stack: AsyncDisposableStack): Promise<Path> {
  const { host, outside } = await twoHosts(stack);
  const [client, server] = [newNetns(), newNetns()];
  stack.use(client);
  stack.use(server);
  await shellIn(
    host,
    `ip link add hand0 type bridge
    ip address add 10.99.0.1/24 dev hand0
    ip link set hand0 up
    sysctl -qw net.ipv4.ip_forward=1
    nft -f - <<END
    table ip hand {
      chain prerouting {
        type nat hook prerouting priority dstnat
        tcp dport ${PORT} dnat to 10.99.0.2:${PORT}
      }
      chain postrouting {
        type nat hook postrouting priority srcnat
        ip saddr 10.99.0.0/24 oifname != hand0 masquerade
      }
    }
END`,
  );
  for (const [number, netns] of [[2, server], [3, client]] as const) {
    await shellIn(
      host,
      `ip link add hand${number} master hand0 up type veth \
        peer name eth0 netns ${pathOf(netns)}`,
    );
    await shellIn(
      netns,
      `ip address add 10.99.0.${number}/24 dev eth0
      ip link set eth0 up
      ip route add default via 10.99.0.1`,
    );
  }
  const address = "10.99.0.2";
  return { host, client, server, outside, bridge: "hand0", address };
}

/** A host, and another one that reaches it and nothing else. */
async function twoHosts(
  stack: AsyncDisposableStack,
): Promise<{ host: Fd; outside: Fd }> {
  const host = stack.use(newNetns()), outside = stack.use(newNetns());
  await shellIn(
    host,
    `ip link set lo up
    ip link add up0 type veth peer name eth0 netns ${pathOf(outside)}
    ip address add ${HOST}/24 dev up0
    ip link set up0 up`,
  );
  await shellIn(
    outside,
    `ip address add 192.0.2.2/24 dev eth0
    ip link set eth0 up`,
  );
  return { host, outside };
}

async function shellIn(netns: NetnsRef, script: string): Promise<void> {
  await outputIn(netns, "sh", "-ec", script);
}

function pathOf({ number }: Fd): string {
  return `/proc/${Deno.pid}/fd/${number}`;
}
