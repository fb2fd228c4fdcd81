/**
 * Networks with VLANs: what passes between containers, and what does not.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeLink, listLinks, setLink } from "../net/netlink/link.ts";
import { decodeVlans, listVlans } from "../net/netlink/vlan.ts";
import { listen, reach } from "../net/nftables/testing_sockets.ts";
import { failed, inspect, ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { holds, type Place, place } from "./netns.ts";
import { eventually } from "./rkl.ts";

const LAN = ["-o", "com.docker.network.bridge.name=lan"];

/** Starts a container that waits, on a network. */
async function start(here: Place, name: string, network: string) {
  const flags = ["--network", network, "--cap-add", "NET_ADMIN"];
  await here.start(name, ...flags);
}

const ping = (address: string) => `ping -qc1 -W1 ${address} > /dev/null`;

/** The VLANs of each port, in the words of bridge(8). */
function vlansOf(here: Place): Record<string, string> {
  const names = new Map(
    here.socket.dump(listLinks()).map(decodeLink)
      .map(({ index, name }) => [index, name]),
  );
  return Object.fromEntries(
    here.socket.dump(listVlans()).map(decodeVlans)
      .filter(({ vlans }) => vlans.length > 0)
      .map(({ index, vlans }) => [
        names.get(index)!,
        vlans.map(({ id, pvid, untagged }) =>
          id + (pvid ? " pvid" : "") + (untagged ? " untagged" : "")
        ).join(", "),
      ]),
  );
}

Deno.test({
  name: "a VLAN is refused before anything is made where the kernel has none",
  ...needs("root", "tool:nsenter", "no-vlan-filtering"),
  async fn() {
    await using here = place();
    for (const words of [["--vlan", "100"], ["-o", "vlan-trunk=5,7-9"]]) {
      failed(
        await here.network("create", ...words, "red"),
        125,
        /CONFIG_BRIDGE_VLAN_FILTERING .* CONFIG_VLAN_8021Q.* without a VLAN work/,
      );
    }
    assert.equal(succeeded(await here.network("ls", "-q")), "");
    assert.deepEqual([...here.links("bridge"), ...here.links("veth")], []);
  },
});

Deno.test({
  name: "containers of one VLAN reach each other and the host, others do not",
  ...needs("root", "tool:nsenter", "vlan-filtering"),
  async fn() {
    await using here = place();
    const red = ["--vlan", "100", "--subnet", "10.9.1.0/24", ...LAN, "red"];
    const blue = ["--vlan", "200", "--subnet", "10.9.2.0/24", ...LAN, "blue"];
    succeeded(await here.network("create", ...red));
    succeeded(await here.network("create", ...blue));
    await start(here, "r2", "red");
    await start(here, "r3", "red");
    await start(here, "b2", "blue");
    assert.deepEqual(here.links("bridge"), ["lan"]);
    assert(await holds(here, "r2", ping("10.9.1.3")), "same VLAN");
    assert(await holds(here, "r2", ping("10.9.1.1")), "the gateway");
    assert(!await holds(here, "r2", ping("10.9.2.2")), "routed to another");
    // As a neighbour, on the same bridge.
    const neighbour = "ip addr add 10.9.2.77/24 dev eth0 && ";
    assert(await holds(here, "r2", neighbour + ping("10.9.2.77")), "itself");
    assert(!await holds(here, "r2", ping("10.9.2.2")), "in another VLAN");
    assert(!await holds(here, "r2", ping("10.9.2.1")), "another's gateway");
    const ports = Object.values(vlansOf(here));
    assert.deepEqual(ports.sort(), [
      ...["100", "100", "100"].map((id) => `${id} pvid untagged`),
      ...["200", "200"].map((id) => `${id} pvid untagged`),
    ]);

    for (const name of ["r2", "r3"]) {
      succeeded(await here.rkl("container", "delete", "--force", name));
    }
    succeeded(await here.network("rm", "red"));
    assert.deepEqual(here.links("bridge"), ["lan"]);
    assert(await holds(here, "b2", ping("10.9.2.1")), "blue goes on");
    succeeded(await here.rkl("container", "delete", "--force", "b2"));
    succeeded(await here.network("rm", "blue"));
    assert.deepEqual(here.links("bridge"), []);
    await eventually("nothing is left", () => here.links("veth").length === 0);
  },
});

Deno.test({
  name: "a port of a container in a VLAN is published",
  ...needs("root", "tool:nsenter", "vlan-filtering"),
  async fn() {
    await using here = place();
    const subnet = ["--subnet", "10.9.7.0/24"];
    succeeded(await here.network("create", "--vlan", "7", ...subnet, "red"));
    here.socket.request(setLink("lo", { up: true }));
    const words = ["--name", "web", "--network", "red", "-p", "8080:80"];
    const run = ["container", "run", "-d", ...words, ROOTFS, "sleep", "1000"];
    const { code, stderr } = await here.rkl(...run);
    assert.equal(code, 0, stderr);
    const { stdout } = await here.rkl("container", "inspect", "web");
    using server = listen(JSON.parse(stdout)[0].rkl.pid, "tcp", 80);
    for (const to of ["127.0.0.1", "10.9.7.1"]) {
      const target = {
        protocol: "tcp",
        to,
        port: 8080,
        patience: 3000,
      } as const;
      assert.equal(reach(here.netns, server, target), "10.9.7.1", to);
    }
  },
});

Deno.test({
  name: "a trunk has the VLANs that are named, and no other",
  ...needs("root", "tool:nsenter", "vlan-filtering", "tool:ip"),
  async fn() {
    await using here = place();
    const trunk = ["-o", "vlan-trunk=100,300-301", ...LAN];
    succeeded(await here.network("create", ...trunk, "router"));
    for (const id of [100, 200]) {
      const subnet = ["--subnet", `10.9.${id}.0/24`];
      const words = ["--vlan", `${id}`, ...subnet, ...LAN, `v${id}`];
      succeeded(await here.network("create", ...words));
      await start(here, `c${id}`, `v${id}`);
    }
    await start(here, "trunk", "router");
    const { pid } = await inspect(here.box, "trunk");
    // busybox has no VLANs among its links.
    const ip = (...words: string[]) => {
      const args = ["-t", `${pid}`, "-n", "ip", ...words];
      const { success } = new Deno.Command("nsenter", { args }).outputSync();
      assert(success, words.join(" "));
    };
    for (const id of [100, 200]) {
      const link = ["link", "eth0", "name", `e${id}`, "up", "type", "vlan"];
      ip("link", "add", ...link, "id", `${id}`);
      ip("addr", "add", `10.9.${id}.77/24`, "dev", `e${id}`);
    }
    assert(await holds(here, "trunk", ping("10.9.100.2")), "named");
    assert(!await holds(here, "trunk", ping("10.9.200.2")), "not named");
    const { subnets } = await here.inspect("router");
    assert(await holds(here, "trunk", ping(subnets[0]!.gateway)), "untagged");
    assert.equal(
      Object.values(vlansOf(here)).filter((text) => text.includes("300"))
        .join(),
      "1 pvid untagged, 100, 300, 301",
    );
  },
});

Deno.test({
  name:
    "what a killed one left of a VLAN is made whole, and somebody else's bridge is left alone",
  ...needs("root", "tool:nsenter", "tool:ip", "vlan-filtering"),
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "--vlan", "7", ...LAN, "red"));
    await start(here, "one", "red");
    succeeded(await here.rkl("container", "delete", "--force", "one"));
    const ip = (...args: string[]) =>
      here.inside(() =>
        assert(new Deno.Command("ip", { args }).outputSync().success)
      );
    ip("link", "set", "lan.7", "down");
    ip("link", "delete", "lan"); // lets go its ports
    await start(here, "two", "red");
    const { subnets } = await here.inspect("red");
    assert(await holds(here, "two", ping(subnets[0]!.gateway)));
    succeeded(await here.rkl("container", "delete", "--force", "two"));
    ip("link", "delete", "lan");
    ip("link", "add", "lan", "type", "bridge", "vlan_filtering", "1");
    const run = [
      "container",
      "run",
      "--rm",
      "--network",
      "red",
      ROOTFS,
      "true",
    ];
    const { code, stderr } = await here.rkl(...run);
    assert.equal(code, 125);
    assert.match(stderr, /there is a bridge lan that is not rkl's/);
    succeeded(await here.network("rm", "red"));
    assert.deepEqual(here.links("bridge"), ["lan"]);
  },
});
