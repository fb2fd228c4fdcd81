/**
 * rkl's CNI plugin and VLANs.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeVlans, listVlans } from "../net/netlink/vlan.ts";
import { assertClean, CniHost, config } from "./cni_host.ts";
import { needs } from "./facts.ts";

Deno.test({
  name: "CNI vlan on a kernel without: named before anything is made",
  ...needs("root", "tool:nsenter", "no-vlan-filtering"),
  async fn() {
    using host = new CniHost();
    const box = host.box("a");
    for (
      const [fields, field] of [
        [{ vlan: 100 }, "vlan 100"],
        [{ vlanTrunk: [{ id: 7 }] }, "vlanTrunk"],
      ] as const
    ) {
      const { code, msg } = await host.refuse("ADD", box, config(host, fields));
      assert.equal(code, 2);
      assert.equal(
        msg,
        `${field} is not supported: the kernel does not keep VLANs of a ` +
          "bridge apart (CONFIG_BRIDGE_VLAN_FILTERING)",
      );
    }
    assertClean(host, box);
    assert.deepEqual(host.links("bridge"), []);
    assert.throws(() => Deno.statSync(`${host.directory}/leases`));
  },
});

/** The VLANs of each port, and of the bridge itself. */
function vlansOf(host: CniHost): string[] {
  return host.route.dump(listVlans()).map(decodeVlans).map(({ vlans }) =>
    vlans.map(({ id, untagged }) => untagged ? `${id} untagged` : `${id}`)
      .join(", ")
  );
}

Deno.test({
  name: "CNI vlan: containers of one VLAN reach each other and its gateway",
  ...needs("root", "tool:nsenter", "tool:busybox", "vlan-filtering"),
  async fn() {
    using host = new CniHost();
    const [a, b, c] = ["a", "b", "c"].map((id) => host.box(id));
    const inVlan = (vlan: number) => config(host, { vlan });
    const result = await host.ask("ADD", a!, inVlan(100));
    assert.equal(result.interfaces?.[3]?.name, "cni0.100");
    await host.ask("ADD", b!, inVlan(100));
    // The same subnet in another VLAN, without a gateway of its own.
    const apart = { ...inVlan(200), isDefaultGateway: false };
    await host.ask("ADD", c!, apart);
    assert(await host.reaches(a!.netns, "10.1.0.3"));
    assert(await host.reaches(a!.netns, "10.1.0.1"));
    assert(await host.isCutOff(a!.netns, "10.1.0.4"));
    assert(await host.isCutOff(c!.netns, "10.1.0.1"));
    assert.deepEqual(vlansOf(host).sort(), [
      "1 untagged", // the bridge's own
      "100 untagged", // of the gateway
      "100 untagged",
      "100 untagged",
      "200 untagged",
    ]);
    for (
      const [box, of] of [[a, inVlan(100)], [b, inVlan(100)], [
        c,
        apart,
      ]] as const
    ) {
      await host.ask("DEL", box!, of);
    }
    // The gateway of the VLAN stays, as the bridge does.
    assert.deepEqual(host.leases("net"), []);
    assert.equal(host.links("veth").length, 2);
    const trunk = config(host, {
      isDefaultGateway: false,
      ipam: {},
      vlanTrunk: [{ minID: 10, maxID: 12 }, { id: 20 }],
    });
    await host.ask("ADD", a!, trunk);
    assert(vlansOf(host).includes("1 untagged, 10, 11, 12, 20"));
    await host.ask("DEL", a!, trunk);
  },
});
