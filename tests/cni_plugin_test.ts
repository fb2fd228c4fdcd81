/**
 * `dist/rkl` as a CNI plugin, in network namespaces made for the tests: what it
 * makes of a configuration, and what it refuses.
 *
 * @module
 */
import assert from "node:assert/strict";
import { addAddress } from "../net/netlink/address.ts";
import { addBridge } from "../net/netlink/bridge.ts";
import { addVeth } from "../net/netlink/link.ts";
import { parsePrefix } from "../net/prefix.ts";
import { assertClean, CniHost, config, eth0 } from "./cni_host.ts";
import { needs } from "./facts.ts";
import { commandIn } from "./netns.ts";
import { RKL } from "./rkl.ts";

const root = needs("root", "tool:nsenter", "tool:busybox", "native");

Deno.test({
  name: "CNI ADD: containers reach each other and the host; DEL leaves nothing",
  ...root,
  async fn() {
    using host = new CniHost();
    const [a, b] = [host.box("a"), host.box("b")];
    const all = config(host, { ipMasq: true, macspoofchk: true });
    const result = await host.ask("ADD", a, all);
    await host.ask("ADD", b, all);
    assert.deepEqual(result.ips, [
      { interface: 2, address: "10.1.0.2/24", gateway: "10.1.0.1" },
      { interface: 2, address: "fd01::2/64", gateway: "fd01::1" },
    ]);
    assert.deepEqual(result.routes, [
      { dst: "0.0.0.0/0", gw: "10.1.0.1" },
      { dst: "::/0", gw: "fd01::1" },
    ]);
    assert.deepEqual(
      result.interfaces?.map(({ sandbox }) => sandbox),
      [undefined, undefined, a.path],
    );
    for (const to of ["10.1.0.3", "fd01::3", "10.1.0.1", "fd01::1"]) {
      assert(await host.reaches(a.netns, to), to);
    }
    const there = { ...all, prevResult: result };
    assert.deepEqual(await host.ask("CHECK", a, there), {});
    assert.deepEqual(await host.ask("STATUS", undefined, all), {});
    await host.ask("DEL", a, there);
    await host.ask("DEL", a, there);
    assert.equal(eth0(a), undefined);
    assert.equal((await host.refuse("CHECK", a, there)).code, 999);
    await host.ask("DEL", b, all);
    assertClean(host, a, b);
    assert.deepEqual(host.links("bridge"), ["cni0"]);
  },
});

Deno.test({
  name: "CNI: rkl is the plugin by any name, whatever its words",
  ...needs("root", "tool:nsenter", "native"),
  async fn() {
    using host = new CniHost();
    const program = `${host.directory}/libbridge`;
    Deno.symlinkSync(RKL, program);
    const args = ["container", "run", "--help"];
    const call = { program, args };
    const versions = await host.ask("VERSION", undefined, {}, call);
    assert.deepEqual(versions, {
      cniVersion: "1.1.0",
      supportedVersions: ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"],
    });
    const box = host.box("a");
    const error = await host.refuse(
      "ADD",
      box,
      config(host, { vlan: "ten", ipam: { type: "none" } }),
      { program },
    );
    assert.deepEqual([error.cniVersion, error.code], ["1.1.0", 7]);
    assert.match(
      error.details!,
      /^vlan: expected a whole number from 0 to 4094/,
    );
    const missing = config(host, { ipam: { type: "no-such" } });
    const { details } = await host.refuse("ADD", box, missing);
    assert.match(details!, /no plugin "no-such" in CNI_PATH/);
    assertClean(host, box);
    assert.deepEqual(host.links("bridge"), []);
  },
});

Deno.test({
  name: "CNI: isolated ports, frames only, an interface that stays down",
  ...root,
  async fn() {
    using host = new CniHost();
    const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => host.box(id));
    const isolated = config(host, { portIsolation: true, mtu: 1400 });
    await host.ask("ADD", a!, isolated);
    await host.ask("ADD", b!, isolated);
    assert(await host.isCutOff(a!.netns, "10.1.0.3"));
    assert(await host.reaches(a!.netns, "10.1.0.1"));
    assert.equal(eth0(a!)?.mtu, 1400);
    const frames = { ...config(host), isDefaultGateway: false, ipam: {} };
    const result = await host.ask("ADD", c!, frames);
    assert.deepEqual(Object.keys(result), ["cniVersion", "interfaces"]);
    assert.equal(eth0(c!)?.up, true);
    const down = { ...frames, disableContainerInterface: true };
    await host.ask("ADD", d!, down);
    assert.equal(eth0(d!)?.up, false);
    for (
      const [box, of] of [[a, isolated], [b, isolated], [c, frames], [
        d,
        down,
      ]] as const
    ) {
      await host.ask("DEL", box!, of);
    }
    assertClean(host, a!, b!, c!, d!);
  },
});

Deno.test({
  name: "CNI: routes with all they may have; enabledad waits for the addresses",
  ...needs("root", "tool:nsenter", "tool:busybox", "tool:ip"),
  async fn() {
    using host = new CniHost();
    const box = host.box("a");
    const routes = [
      { dst: "10.9.0.0/16", gw: "10.1.0.9", mtu: 1300, advmss: 1200 },
      { dst: "10.8.0.0/16", priority: 7, table: 100 },
      { dst: "10.7.0.0/16", gw: "0.0.0.0", scope: 253 },
    ];
    const ipam = { ...host.ipam("10.1.0.0/24", "fd01::/64"), routes };
    const all = config(host, { enabledad: true, ipam });
    const result = await host.ask("ADD", box, all);
    assert.deepEqual(result.routes?.slice(0, 3), routes);
    const show = async (...words: string[]) =>
      (await commandIn(box.netns, "ip", ...words)).stdout;
    const main = await show("route");
    assert.match(
      main,
      /^10\.9\.0\.0\/16 via 10\.1\.0\.9 dev eth0 .*mtu 1300 advmss 1200/m,
    );
    assert.match(main, /^10\.7\.0\.0\/16 dev eth0 .*scope link/m);
    assert.match(
      await show("route", "show", "table", "100"),
      /^10\.8\.0\.0\/16 via 10\.1\.0\.1 dev eth0 .*metric 7/,
    );
    assert.doesNotMatch(await show("-6", "addr"), /tentative/);
    await host.ask("CHECK", box, { ...all, prevResult: result });
    await host.ask("DEL", box, all);
    assertClean(host, box);
  },
});

Deno.test({
  name: "CNI: a bridge with other addresses, and an interface that is none",
  ...root,
  async fn() {
    using host = new CniHost();
    host.route.batch([
      addBridge({ name: "cni0", index: 10 }),
      addAddress(10, parsePrefix("10.7.0.1/24")),
      addVeth({ name: "other" }, { name: "end" }),
    ]);
    const box = host.box("a");
    const all = config(host);
    const { details } = await host.refuse("ADD", box, all);
    assert.equal(details, "it has 10.7.0.1/24; forceAddress: true replaces it");
    assert.deepEqual(host.leases("net"), []);
    assert.equal(eth0(box), undefined);
    const forced = { ...all, forceAddress: true };
    await host.ask("ADD", box, forced);
    assert(await host.reaches(box.netns, "10.1.0.1"));
    const taken = await host.refuse("ADD", host.box("b"), {
      ...all,
      bridge: "other",
    });
    assert.match(
      taken.details!,
      /^bridge: other is an interface that is no br/,
    );
    assert.deepEqual(host.leases("net"), ["10.1.0.3", "fd01::3"]);
    await host.ask("DEL", box, forced);
  },
});
