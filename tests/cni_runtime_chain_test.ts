/**
 * Networks of CNI with chains of plugins that change the host: what they made is
 * undone when a container ends.
 *
 * @module
 */
import assert from "node:assert/strict";
import { bridge, type CniPlace, cniPlace, plugins } from "./cni_place.ts";
import { inspect, killNow, ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { commandIn } from "./netns.ts";
import { eventually } from "./rkl.ts";

const shapers = needs(
  "root",
  "native",
  "tool:tc",
  "ifb",
  "file:/usr/lib/cni/bandwidth",
);
const tables = needs(
  "root",
  "native",
  "tool:iptables",
  "file:/usr/lib/cni/portmap",
);

/** What the plugins' rules say of addresses of network 1. */
async function natRules({ here }: CniPlace): Promise<string[]> {
  const words = ["iptables", "-t", "nat", "-S"];
  const { stdout } = await commandIn(here.netns, ...words);
  return stdout.split("\n").filter((rule) => rule.includes("10.77.1."));
}

Deno.test({
  name: "ports are published by portmap, and masquerading ends with a stop",
  ignore: plugins.ignore || tables.ignore,
  async fn() {
    await using cni = cniPlace((directory) => [{
      name: "front",
      plugins: [
        bridge(directory, 1, { ipMasq: true }),
        { type: "portmap", capabilities: { portMappings: true } },
        { type: "firewall" },
      ],
    }]);
    const server = "echo hello > /index.html; exec httpd -f -p 80 -h /";
    const words = ["--network", "front", "-p", "8080:80"];
    await cni.launch("web", words, "sh", "-c", server);
    const get = "timeout 3 wget -qO- http://10.77.1.1:8080/index.html";
    const answer = await cni.ask(["--network", "front"], get);
    assert.equal(answer, "hello\n");
    const ports = await cni.rkl("container", "port", "web");
    assert.equal(succeeded(ports), "80/tcp -> 0.0.0.0:8080\n");
    assert.notDeepEqual(await natRules(cni), []);
    succeeded(await cni.rkl("container", "stop", "-t", "0", "web"));
    assert.deepEqual(await natRules(cni), []);
  },
});

Deno.test({
  name: "masquerading ends with a container that ends at once",
  ignore: plugins.ignore || tables.ignore,
  async fn() {
    await using cni = cniPlace((directory) => [{
      name: "front",
      plugins: [bridge(directory, 1, { ipMasq: true })],
    }]);
    const words = ["container", "run", "--rm", "--network", "front"];
    for (const flags of [[], [], [], [], ["-d"], ["-d"], ["-d"], ["-d"]]) {
      succeeded(await cni.rkl(...words, ...flags, ROOTFS, "true"));
      await eventually("it is off", () => cni.results().length === 0);
      assert.deepEqual(await natRules(cni), []);
    }
  },
});

Deno.test({
  name: "the daemon takes off who has ended, while its namespace is there",
  ignore: plugins.ignore || tables.ignore,
  async fn() {
    await using cni = cniPlace((directory) => [{
      name: "front",
      plugins: [bridge(directory, 1, { ipMasq: true })],
    }]);
    await cni.launch("web", ["--network", "front"], "sleep", "1000");
    assert.equal(cni.leases("front").length, 1);
    killNow([(await inspect(cni.here.box, "web")).pid!]);
    await eventually("it is taken off", () => cni.results().length === 0);
    assert.deepEqual(cni.leases("front"), []);
    // The plugin finds its rules by the addresses in the namespace.
    assert.deepEqual(await natRules(cni), []);
  },
});

Deno.test({
  name: "a chain that shapes traffic is undone when the container ends",
  ignore: plugins.ignore || shapers.ignore,
  async fn() {
    const rates = { ingressRate: 8_000_000, ingressBurst: 800_000 };
    await using cni = cniPlace((directory) => [{
      name: "slow",
      cniVersions: ["0.4.0", "1.0.0", "1.1.0"],
      plugins: [
        bridge(directory, 3),
        {
          type: "bandwidth",
          ...rates,
          egressRate: 8_000_000,
          egressBurst: 800_000,
        },
      ],
    }]);
    const shown = async () =>
      succeeded(await commandIn(cni.here.netns, "tc", "qdisc", "show"));
    await cni.launch("web", ["--network", "slow"], "sleep", "1000");
    assert.match(await shown(), /tbf .* rate 8Mbit/);
    assert.equal(cni.here.links("ifb").length, 1);
    succeeded(await cni.rkl("container", "delete", "--force", "web"));
    assert.doesNotMatch(await shown(), /tbf/);
    assert.deepEqual(cni.here.links("ifb"), []);
    assert.deepEqual(cni.leases("slow"), []);
  },
});
