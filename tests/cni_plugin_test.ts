/**
 * `dist/rkl` as a CNI plugin, in network namespaces made for the tests.
 *
 * @module
 */
import assert from "node:assert/strict";
import { addAddress, deleteAddress } from "../net/netlink/address.ts";
import { addBridge } from "../net/netlink/bridge.ts";
import { addVeth, decodeLink, getLink, setLink } from "../net/netlink/link.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { decodeVlans, listVlans } from "../net/netlink/vlan.ts";
import { inNetns, newNetns } from "../net/netns.ts";
import { parsePrefix } from "../net/prefix.ts";
import { type Box, CniHost, type Printed, REFERENCE } from "./cni_host.ts";
import { has, needs } from "./facts.ts";
import { commandIn, pathOf } from "./netns.ts";
import { killAfter, RKL, SILENT, spawn } from "./rkl.ts";

const root = needs("root", "tool:nsenter", "tool:busybox");
const plugins = [
  "root",
  "tool:nsenter",
  `file:${REFERENCE}/bridge`,
  `file:${REFERENCE}/host-local`,
] as const;
const reference = needs(...plugins);

/** Where software emulates the processor, a start takes 15 times as long. */
const EMULATED = has("vm");

/** A configuration; the bridge is the gateway. */
function config(host: CniHost, fields: object = {}) {
  return {
    cniVersion: "1.1.0",
    name: "net",
    type: "libbridge",
    bridge: "cni0",
    isDefaultGateway: true,
    ipam: host.ipam("10.1.0.0/24", "fd01::/64"),
    ...fields,
  };
}

/** The interface of a container. */
function eth0(box: Box) {
  using socket = inNetns(box.netns, () => new NetlinkSocket("ROUTE"));
  const [outcome] = socket.tryBatch([getLink("eth0")]);
  return outcome instanceof Error ? undefined : decodeLink(outcome![0]!);
}

/** Asserts that nothing is left of attachments. */
function assertClean(host: CniHost, ...boxes: Box[]) {
  assert.deepEqual(host.links("veth"), []);
  assert.deepEqual(host.leases("net"), []);
  assert.deepEqual(host.tables(), []);
  for (const box of boxes) assert.equal(eth0(box), undefined);
}

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

/** A result without what is random, as the reference plugin's can be compared. */
function shapeOf({ interfaces, dns, ...rest }: Printed) {
  return {
    ...rest,
    dns: dns ?? {}, // older ones print it empty
    interfaces: interfaces?.map(({ name, mac, ...others }) => ({
      name: name.replace(/^veth.*/, "veth"),
      mac: mac && "mac",
      ...others,
    })),
  };
}

for (const cniVersion of ["0.3.1", "0.4.0", "1.0.0"]) {
  Deno.test({
    name: `CNI ${cniVersion}: results are those of the reference plugin`,
    ...(cniVersion === "1.0.0" ? reference : needs(...plugins, "native")),
    async fn() {
      using host = new CniHost();
      const boxes = [host.box("a"), host.box("b"), host.box("c")];
      const ranges = ["10.1.0.0/24", "fd01::/64"];
      const routes = [{ dst: "0.0.0.0/0" }, {
        dst: "10.9.0.0/16",
        gw: "10.1.0.9",
      }];
      const variants = [
        { ipam: { ...host.ipam(...ranges), routes } },
        { isDefaultGateway: true, dns: { nameservers: ["10.1.0.1"] } },
        { isGateway: false, isDefaultGateway: false, ipam: {} },
      ];
      // Else the next one gets the next address.
      const forget = async () => {
        for (const set of [0, 1]) {
          const file = `${host.directory}/leases/net/last_reserved_ip.${set}`;
          await Deno.remove(file).catch(() => {});
        }
      };
      for (const [i, fields] of variants.entries()) {
        const all = config(host, {
          cniVersion,
          isDefaultGateway: false,
          isGateway: true,
          ...fields,
        });
        const box = boxes[i]!;
        const ours = await host.ask("ADD", box, all);
        await host.ask("DEL", box, all);
        await forget();
        const call = { program: `${REFERENCE}/bridge` };
        const theirs = await host.ask("ADD", box, all, call);
        assert.deepEqual(shapeOf(ours), shapeOf(theirs));
        // Either takes away what the other made.
        await host.ask("DEL", box, all);
        assert.equal(eth0(box), undefined);
        await host.ask("ADD", box, all);
        await host.ask("DEL", box, all, call);
        assert.equal(eth0(box), undefined);
        assert.deepEqual(host.leases("net"), []);
        await forget();
      }
    },
  });
}

Deno.test({
  name: "CNI: leases are shared with the reference host-local, both ways",
  ...reference,
  async fn() {
    using host = new CniHost();
    const [a, b, c] = [host.box("a"), host.box("b"), host.box("c")];
    // By another name it is not what is built in.
    Deno.symlinkSync(`${REFERENCE}/host-local`, `${host.directory}/local`);
    const ipam = host.ipam("10.1.0.0/29");
    const builtIn = config(host, { cniVersion: "1.0.0", ipam });
    const other = { ...builtIn, ipam: { ...ipam, type: "local" } };
    const call = { env: { CNI_PATH: `/nonexistent:${host.directory}` } };
    const address = ({ ips }: Printed) => ips?.[0]?.address;

    assert.equal(address(await host.ask("ADD", a, other, call)), "10.1.0.2/29");
    assert.equal(address(await host.ask("ADD", b, builtIn)), "10.1.0.3/29");
    assert(await host.reaches(a.netns, "10.1.0.3"));
    const theirs = await host.ask("ADD", c, builtIn, {
      program: `${REFERENCE}/host-local`,
    });
    assert.equal(address(theirs), "10.1.0.4/29");
    const prevResult = await host.refuse("ADD", a, builtIn);
    assert.equal(prevResult.code, 4); // eth0 is there

    const ask = { ...builtIn, args: { cni: { ips: ["10.1.0.2"] } } };
    const { details } = await host.refuse("ADD", host.box("d"), ask);
    assert.match(details!, /^10\.1\.0\.2 was asked for, which somebody has$/);

    await host.ask("DEL", a, builtIn); // what the other one leased
    await host.ask("DEL", b, other, call); // what was leased here
    assert.deepEqual(host.leases("net"), ["10.1.0.4"]);
    await host.ask("DEL", c, builtIn);
    assertClean(host, a, b);
  },
});

Deno.test({
  name: "CNI: an error of the IPAM plugin comes through, and nothing is left",
  ...reference,
  async fn() {
    using host = new CniHost();
    Deno.symlinkSync(`${REFERENCE}/host-local`, `${host.directory}/local`);
    Deno.symlinkSync(RKL, `${host.directory}/self`);
    const call = { env: { CNI_PATH: host.directory } };
    const box = host.box("a");
    const none = config(host, { ipam: { type: "local" }, cniVersion: "1.0.0" });
    const { msg } = await host.refuse("ADD", box, none, call);
    assert.match(msg!, /no IP ranges specified/);
    const self = config(host, { ipam: { type: "self" } });
    const { details } = await host.refuse("ADD", box, self, call);
    assert.match(details!, /self is this bridge plugin/);
    assertClean(host, box);
    assert.deepEqual(host.links("bridge"), []);
  },
});

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
  name: "CNI CHECK names what is not as it was made",
  ...root,
  async fn() {
    using host = new CniHost();
    const box = host.box("a");
    const all = config(host, { ipMasq: true });
    const prevResult = await host.ask("ADD", box, all);
    const there = { ...all, prevResult };
    using socket = inNetns(box.netns, () => new NetlinkSocket("ROUTE"));
    const { index, mac } = eth0(box)!;
    const problem = async () =>
      (await host.refuse("CHECK", box, there)).details;
    socket.request(setLink(index, { mac: "02:00:00:00:00:09" }));
    assert.match(
      (await problem())!,
      /^eth0 has the Ethernet address 02:00:00:0/,
    );
    socket.request(setLink(index, { mac: mac! }));
    const address = parsePrefix("10.1.0.2/24");
    socket.request(deleteAddress(index, address));
    assert.equal(await problem(), "eth0 has no address 10.1.0.2/24");
    socket.request(addAddress(index, address));
    assert.equal(await problem(), "there is no route to 0.0.0.0/0");
    const { details } = await host.refuse("CHECK", box, all);
    assert.equal(details, "prevResult: missing; CHECK compares with it");
    await host.ask("DEL", box, all);
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

Deno.test({
  name: "CNI: DEL without the namespace, GC of what nobody removed, STATUS",
  ...root,
  async fn() {
    using host = new CniHost();
    const all = config(host, {
      ipMasq: true,
      macspoofchk: true,
      ipam: host.ipam("10.1.0.0/29"),
    });
    const boxes = ["a", "b", "c", "d", "e"].map((id) => host.box(id));
    for (const box of boxes) await host.ask("ADD", box, all);
    assert.equal((await host.refuse("STATUS", undefined, all)).code, 50);

    const [a, b, c] = boxes;
    await host.ask("DEL", { ...a!, path: "" }, all);
    await host.ask("DEL", { ...b!, path: "/nonexistent" }, all);
    Deno.writeTextFileSync(`${host.directory}/stale`, "");
    await host.ask("DEL", { ...c!, path: `${host.directory}/stale` }, all);
    assert.deepEqual(host.leases("net"), ["10.1.0.5", "10.1.0.6"]);
    assert.equal(host.links("veth").length, 2);
    const own = await host.refuse(
      "DEL",
      { ...a!, path: pathOf(host.netns) },
      all,
    );
    assert.equal(own.code, 8);
    assert.match(own.msg!, /is the network namespace that the plugin is in$/);
    assert.deepEqual(await host.ask("STATUS", undefined, all), {});

    const valid = [{ containerID: "d", ifname: "eth0" }];
    const gc = { ...all, "cni.dev/valid-attachments": valid };
    await host.ask("GC", undefined, gc);
    assert.deepEqual(host.leases("net"), ["10.1.0.5"]);
    assert.equal(host.links("veth").length, 1);
    assert(await host.reaches(boxes[3]!.netns, "10.1.0.1"));
    // Another network's are not this one's to judge.
    await host.ask("GC", undefined, { ...all, name: "other" });
    assert.equal(host.links("veth").length, 1);
    await host.ask("GC", undefined, all);
    assertClean(host, ...boxes);
  },
});

Deno.test({
  name: "CNI: 8 ADDs at once have a bridge and addresses of their own",
  ...root,
  async fn() {
    using host = new CniHost();
    const all = config(host, { ipMasq: true, macspoofchk: true });
    const boxes = Array.from({ length: 8 }, (_, i) => host.box(`c${i}`));
    const results = await Promise.all(
      boxes.map((box) => host.ask("ADD", box, all)),
    );
    const addresses = results.flatMap(({ ips }) =>
      ips!.map((ip) => ip.address)
    );
    assert.equal(new Set(addresses).size, 16);
    assert.equal(host.links("veth").length, 8);
    await Promise.all(boxes.map((box) => host.ask("DEL", box, all)));
    assertClean(host, ...boxes);
  },
});

Deno.test({
  name: "CNI: kill -9 at random moments of ADD, then DEL, leaves nothing",
  ...root,
  async fn() {
    using host = new CniHost();
    const box = host.box("a");
    const all = config(host, { ipMasq: true, macspoofchk: true });
    const stdin = new TextEncoder().encode(JSON.stringify(all));
    const [times, longest] = EMULATED ? [8, 4000] : [40, 120];
    let killed = 0;
    for (let i = 0; i < times; i++) {
      const { args, env } = host.line("ADD", box);
      const child = spawn("nsenter", args, { ...SILENT, env, stdin: "piped" });
      const writer = child.stdin.getWriter();
      await writer.write(stdin);
      await writer.close();
      if (await killAfter(longest * (i / times), child)) killed++;
      // As GC would, or a second ADD: half of an attachment is no obstacle.
      if (i % 3 === 0) await host.call("ADD", box, all);
      await host.ask("DEL", box, all);
      assertClean(host, box);
    }
    assert(killed > 0, "none was killed in time");
  },
});

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
