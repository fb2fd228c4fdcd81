/**
 * Hundreds of networks on a host whose own routes are all over the place.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "../tests/facts.ts";
import { addAddress } from "./netlink/address.ts";
import { addBridge } from "./netlink/bridge.ts";
import { addRoute } from "./netlink/route.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { inNetns, newNetns } from "./netns.ts";
import { prefixesOf } from "./network.ts";
import { createNetwork } from "./network_making.ts";
import { listNetworks } from "./network_store.ts";
import {
  containsPrefix,
  firstAddress,
  formatPrefix,
  lastAddress,
  parsePrefix,
  type Prefix,
} from "./prefix.ts";

/** Routes as VPNs, offices and other engines have them, and their tables. */
const ROUTES: readonly (readonly [prefix: string, table?: number])[] = [
  // A VPN that takes all traffic, by halves.
  ["0.0.0.0/1"],
  ["128.0.0.0/1"],
  ["::/1"],
  ["8000::/1"],
  // A company: 10.0.0.0/8 but for what is left of it at home.
  ["10.0.0.0/9"],
  ["10.128.0.0/10"],
  ["10.192.0.0/12"],
  ["10.210.0.0/17"],
  ["10.211.64.0/18"],
  // Another engine's networks.
  ...Array.from({ length: 16 }, (_, i) => [`172.${16 + i}.0.0/20`] as const),
  ["172.24.128.0/17"],
  ["192.168.0.0/17"],
  ["192.168.200.0/21"],
  // WireGuard and a mesh have tables of their own, with rules that lead there.
  ["10.210.192.0/18", 51820],
  ["172.25.0.0/16", 52],
  ["100.64.0.0/10", 52],
  ["fd00::/10", 52],
];

/** Those that leave room for networks: nobody can be within a half of all. */
const CLAIMED = ROUTES.map(([text]) => parsePrefix(text))
  .filter(({ length }) => length > 7);

/** Two of these that have an address in common, if any have. */
function clash(prefixes: readonly Prefix[]): string | undefined {
  const sorted = prefixes.toSorted((a, b) => {
    const [x, y] = [firstAddress(a), firstAddress(b)];
    return x.family - y.family || (x.value < y.value ? -1 : 1);
  });
  const at = sorted.findIndex((prefix, i) => {
    const next = sorted[i + 1];
    return next !== undefined &&
      next.address.family === prefix.address.family &&
      firstAddress(next).value <= lastAddress(prefix).value;
  });
  return at === -1
    ? undefined
    : sorted.slice(at, at + 2).map(formatPrefix).join(" and ");
}

/** What this process has computed, or had the kernel do; see proc(5). */
function cpuSeconds(): number {
  const fields = Deno.readTextFileSync("/proc/self/stat").split(") ")[1]!
    .split(" ").map(Number);
  const [UTIME, STIME, TICKS] = [11, 12, 100];
  return (fields[UTIME]! + fields[STIME]!) / TICKS;
}

Deno.test({
  name: "500 networks have no address in common, nor with the host",
  ...needs("root", "native"),
  fn() {
    const root = Deno.makeTempDirSync({ prefix: "rkl-networks-" });
    using netns = newNetns();
    try {
      inNetns(netns, () => {
        using socket = new NetlinkSocket("ROUTE");
        socket.batch([
          addBridge({ name: "vpn", index: 10, up: true }),
          addAddress(10, parsePrefix("192.168.255.1/24")),
          ...ROUTES.map(([to, table]) =>
            addRoute({
              to: parsePrefix(to),
              index: 10,
              ...(table && { table }),
            })
          ),
        ]);
        const store = { root: `${root}/run`, dataRoot: `${root}/data` };
        const before = cpuSeconds();
        for (let i = 0; i < 500; i++) {
          createNetwork(store, { name: `n${i}`, ipv6: true });
        }
        const seconds = cpuSeconds() - before;
        const networks = listNetworks(store);
        assert.equal(networks.length, 500);
        const subnets = networks.flatMap(prefixesOf);
        assert.equal(subnets.length, 1000);
        assert.equal(clash(subnets), undefined);
        const host = [...CLAIMED, parsePrefix("192.168.255.0/24")];
        for (const subnet of subnets) {
          const claimed = host.find((one) => containsPrefix(one, subnet));
          const text = formatPrefix(subnet);
          assert.equal(claimed && formatPrefix(claimed), undefined, text);
        }
        assert.ok(seconds < 5, `${seconds.toFixed(1)} s`);
      });
    } finally {
      Deno.removeSync(root, { recursive: true });
    }
  },
});
