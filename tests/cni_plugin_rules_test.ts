/**
 * What rkl's CNI plugin puts into the packet filter.
 *
 * @module
 */
import assert from "node:assert/strict";
import { addAddress } from "../net/netlink/address.ts";
import { addVeth, setLink } from "../net/netlink/link.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { inNetns, newNetns } from "../net/netns.ts";
import { parsePrefix } from "../net/prefix.ts";
import { assertClean, CniHost, config, eth0 } from "./cni_host.ts";
import { needs } from "./facts.ts";

const root = needs("root", "tool:nsenter", "tool:busybox");

/** Another host, which knows no way to the containers. */
function outside(host: CniHost) {
  const netns = newNetns();
  host.route.batch([
    addVeth({ name: "up0", index: 50, up: true }, {
      name: "eth0",
      index: 2,
      netns,
    }),
    addAddress(50, parsePrefix("192.0.2.1/24")),
    addAddress(50, parsePrefix("2001:db8::1/64")),
  ]);
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  socket.batch([
    addAddress(2, parsePrefix("192.0.2.2/24")),
    addAddress(2, parsePrefix("2001:db8::2/64")),
    setLink(2, { up: true }),
  ]);
  return netns;
}

Deno.test({
  name: "CNI ipMasq: answers come back from hosts that know no way",
  ...root,
  async fn() {
    using host = new CniHost();
    using _other = outside(host);
    const [a, b] = [host.box("a"), host.box("b")];
    await host.ask("ADD", a, config(host, { ipMasq: true }));
    await host.ask("ADD", b, config(host));
    for (const to of ["192.0.2.2", "2001:db8::2"]) {
      assert(await host.reaches(a.netns, to), to);
      assert(await host.isCutOff(b.netns, to), to);
    }
    // Neighbours see each other's own addresses: `b` has no rules.
    assert(await host.reaches(a.netns, "10.1.0.3"));
    assert.deepEqual(host.tables(), ["inet rkl_cni"]);
    await host.ask("DEL", a, config(host, { ipMasq: true }));
    await host.ask("DEL", b, config(host));
    assert.deepEqual(host.tables(), []);
  },
});

Deno.test({
  name: "CNI macspoofchk: a container with another Ethernet address is mute",
  ...root,
  async fn() {
    using host = new CniHost();
    const box = host.box("a");
    const runtimeConfig = { mac: "02:00:00:00:00:01" };
    const guarded = config(host, { macspoofchk: true, runtimeConfig });
    await host.ask("ADD", box, guarded);
    assert.equal(eth0(box)?.mac, runtimeConfig.mac);
    const rename = (mac: string) => {
      using socket = inNetns(box.netns, () => new NetlinkSocket("ROUTE"));
      socket.request(setLink("eth0", { mac }));
    };
    rename("02:00:00:00:00:02");
    assert(await host.isCutOff(box.netns, "10.1.0.1"));
    rename(runtimeConfig.mac);
    assert(await host.reaches(box.netns, "10.1.0.1"));
    await host.ask("DEL", box, guarded);
    assertClean(host, box);
  },
});
